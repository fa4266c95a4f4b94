import { Injectable } from '@nestjs/common';
import { GROUPS_COLLECTION, type GroupRequest } from '@sluice/contracts';
import { DURABLE, isDuplicateKey, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection, Document } from 'mongodb';
import { GroupRegister, type GroupAuditLine, type Operator, type RegisterChange } from './group.register.js';
import { storedGroupSchema, type StoredGroup } from './stored-group.js';

interface GroupDocument extends Document {
  readonly _id: string;
  readonly lastChange?: GroupAuditLine;
}
type AuditDocument = GroupAuditLine & { readonly _id: string };

const SAFE = { writeConcern: DURABLE } as const;
const DIGITS = 9;
const SHOWN = 200;

/**
 * Registrations and their audit lines in one write of one document; a line is copied into the trail before the next one
 * replaces it, as it is done with positions (docs/adr/0005-a-position-and-its-audit-line-in-one-write.md).
 */
@Injectable()
export class MongoGroupRegister extends GroupRegister {
  constructor(private readonly link: MongoLink) {
    super();
  }

  override async find(name: string): Promise<StoredGroup | undefined> {
    const found = await this.groups.findOne({ _id: name }, { readConcern: { level: 'majority' } });
    return found === null ? undefined : storedGroupSchema.parse(found);
  }

  override async list(): Promise<StoredGroup[]> {
    const found = await this.groups.find({}).sort({ _id: 1 }).toArray();
    return found.map((document) => storedGroupSchema.parse(document));
  }

  override async change(
    name: string,
    seen: StoredGroup | undefined,
    change: RegisterChange,
    by: Operator,
  ): Promise<StoredGroup | undefined> {
    await this.keep(name); // whoever has changed it since has raised the revision: no line is lost that is not kept
    const options = { ...SAFE, upsert: seen === undefined, returnDocument: 'after' } as const;
    try {
      const changed = await this.groups.findOneAndUpdate(
        asSeen(name, seen, change),
        [{ $set: fieldsOf(change, by) }],
        options,
      );
      return changed === null ? undefined : storedGroupSchema.parse(changed);
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  override async history(name: string): Promise<GroupAuditLine[]> {
    await this.keep(name);
    const ofGroup = { _id: { $gte: auditId(name, 0), $lt: auditId(name, 10 ** DIGITS - 1) } };
    const documents = await this.trail.find(ofGroup).sort({ _id: -1 }).limit(SHOWN).toArray();
    return documents.map(({ _id, ...line }) => line);
  }

  /** As often as anybody likes: the line has its own id. */
  private async keep(name: string): Promise<void> {
    const lastChange = (await this.groups.findOne({ _id: name }))?.lastChange;
    if (lastChange === undefined) return;
    const id = auditId(name, lastChange.number);
    await this.trail.updateOne({ _id: id }, { $setOnInsert: lastChange }, { ...SAFE, upsert: true });
  }

  private get groups(): Collection<GroupDocument> {
    return stateCollection<GroupDocument>(this.link, GROUPS_COLLECTION);
  }

  private get trail(): Collection<AuditDocument> {
    return stateCollection<AuditDocument>(this.link, 'groupChanges');
  }
}

/** Sorts by number; a group's name has no colon. */
function auditId(name: string, number: number): string {
  return `${name}:${String(number).padStart(DIGITS, '0')}`;
}

const OF_LIVING_GROUPS: ReadonlySet<string> = new Set<GroupRequest>(['pause', 'resume', 'change partitions', 'reset']);

/** Heartbeats do not raise the revision: who registers or retires a group takes it that its members are silent. */
function asSeen(name: string, seen: StoredGroup | undefined, { request }: RegisterChange): Document & { _id: string } {
  if (seen === undefined) return { _id: name, revision: { $exists: false } };
  const { revision } = seen;
  if (OF_LIVING_GROUPS.has(request)) return { _id: name, revision };
  const heard = seen.members.map(({ lastSeen }) => lastSeen.getTime());
  const silent = { $not: { $gt: new Date(Math.max(0, ...heard)) } };
  return { _id: name, revision, 'members.lastSeen': silent };
}

/** For an update pipeline: what is there goes into the audit line by the server's hand. */
function fieldsOf(change: RegisterChange, { by, reason }: Operator): Document {
  const changes = { $add: [{ $ifNull: ['$changes', 0] }, 1] };
  const revision = { $add: [{ $ifNull: ['$revision', 0] }, 1] };
  const before = {
    state: { $ifNull: ['$state', null] },
    patterns: { $ifNull: ['$patterns', []] },
    queues: { $ifNull: ['$queues', []] },
    partitions: { $ifNull: ['$partitions', null] },
    paused: { $ifNull: ['$paused', false] },
  };
  const effect = effectOf(change, { by, reason });
  const kept = Object.fromEntries(Object.keys(before).map((field) => [field, effect[field] ?? `$${field}`]));
  const planned = change.request === 'change partitions' ? { partitions: change.next.partitions } : {};
  const lastChange = {
    number: changes,
    at: '$$NOW',
    by: { $literal: by },
    reason: { $literal: reason },
    request: { $literal: change.request },
    range: { $literal: change.request === 'reset' ? change.range : null },
    before,
    after: { ...kept, ...planned },
  };
  return { ...effect, revision, changes, lastChange };
}

/** One that is paused already stays paused by the first who asked. */
function pauseBy({ by, reason }: Operator): Document {
  const pause = { since: '$$NOW', by: { $literal: by }, reason: { $literal: reason } };
  return { paused: true, pause: { $cond: ['$paused', { $ifNull: ['$pause', null] }, pause] } };
}

function effectOf(change: RegisterChange, operator: Operator): Document {
  switch (change.request) {
    case 'register': {
      const { queues, patterns } = change;
      return { ...foreignFields(queues.length), queues: { $literal: queues }, patterns: { $literal: patterns } };
    }
    case 'change partitions':
      return { next: { $literal: change.next } };
    case 'pause':
      return pauseBy(operator);
    case 'resume':
      return { paused: false, pause: null };
    case 'reset':
      return {};
    default:
      return { state: 'retired', members: [] };
  }
}

function foreignFields(queues: number): Document {
  const nothing = { members: [], next: null, former: [], retired: [], paused: false, pause: null, deployment: null };
  return { kind: 'foreign', state: 'bound', joiningSince: '$$NOW', partitions: queues, generation: 1, ...nothing };
}
