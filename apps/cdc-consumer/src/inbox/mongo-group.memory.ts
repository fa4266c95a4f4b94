import { Injectable } from '@nestjs/common';
import { keyBefore, parsePositionKey } from '@sluice/contracts';
import { MaxKey, type Document } from 'mongodb';
import { GroupMemory, type GroupRange, type HandledEntry, type ReopenedCounts } from './group-memory.js';
import { DEFAULT_CONNECTION, InboxConnections } from './inbox.connections.js';
import { InboxRecords } from './inbox.records.js';

const SAFE = { writeConcern: { w: 'majority' } } as const;
/** In place of the id of the event that a document's version was: a repeat of it is to be handled. */
const REOPENED = 'reopened';

/** Wherever handlers of this application keep their inbox: on the connections that their `once` names, and the default. */
@Injectable()
export class MongoGroupMemory extends GroupMemory {
  constructor(private readonly connections: InboxConnections) {
    super();
  }

  override async find(eventId: string): Promise<HandledEntry[]> {
    const found: HandledEntry[] = [];
    for (const connection of this.names) {
      const { entries } = new InboxRecords(this.connections.get(connection));
      const keys = (await handlersIn(entries)).map(({ group, handler }) => ({ group, handler, event: eventId }));
      for await (const { _id, ...entry } of entries.find({ _id: { $in: keys } })) {
        found.push({ ...entry, group: _id.group, handler: _id.handler, connection });
      }
    }
    return found;
  }

  override count(range: GroupRange): Promise<ReopenedCounts> {
    return this.everywhere(async ({ entries, fences }) => ({
      inboxEntries: await entries.countDocuments(entriesOf(range)),
      fences: await fences.countDocuments(fencesOf(range)),
    }));
  }

  /**
   * Entries first: ended in between, a repeat meets its document's later version and becomes a dead letter, which somebody
   * sees; the other way round it would be passed over as handled.
   */
  override reopen(range: GroupRange): Promise<ReopenedCounts> {
    return this.everywhere(async ({ entries, fences }) => {
      const { deletedCount } = await entries.deleteMany(entriesOf(range), SAFE);
      const lowered = { position: positionBefore(range.from), event: REOPENED };
      const { modifiedCount } = await fences.updateMany(fencesOf(range), { $set: lowered }, SAFE);
      return { inboxEntries: deletedCount, fences: modifiedCount };
    });
  }

  private get names(): ReadonlySet<string> {
    return new Set([DEFAULT_CONNECTION, ...this.connections.used().keys()]);
  }

  private async everywhere(step: (records: InboxRecords) => Promise<ReopenedCounts>): Promise<ReopenedCounts> {
    const total = { inboxEntries: 0, fences: 0 };
    for (const name of this.names) {
      const { inboxEntries, fences } = await step(new InboxRecords(this.connections.get(name)));
      total.inboxEntries += inboxEntries;
      total.fences += fences;
    }
    return total;
  }
}

/**
 * The groups and handlers that have entries, by as many looks into the index of `_id`: each goes on behind all entries of
 * the one before. An index by event would cost every event a write.
 */
async function handlersIn(entries: InboxRecords['entries']): Promise<{ group: string; handler: string }[]> {
  const handlers: { group: string; handler: string }[] = [];
  for (let behind: Document | undefined; ;) {
    const rest: Document = behind === undefined ? {} : { _id: { $gt: behind } };
    const next = await entries.findOne(rest, { sort: { _id: 1 }, projection: { _id: 1 } });
    if (next === null) return handlers;
    const { group, handler } = next._id;
    handlers.push({ group, handler });
    behind = { group, handler, event: new MaxKey() };
  }
}

function entriesOf({ group, stream, from, to }: GroupRange): Document {
  return ofGroup(group, { stream, position: { $gte: from, ...(to === null ? {} : { $lt: to }) } });
}

function fencesOf({ group, stream, from }: GroupRange): Document {
  return ofGroup(group, { stream, position: { $gte: from } });
}

/** By the index of `_id`, whose first field is the group: documents compare field by field. */
function ofGroup(group: string, rest: Document): Document {
  const _id = { $gte: { group }, $lt: { group, handler: new MaxKey() } };
  return { _id, ...rest };
}

function positionBefore(from: string): string {
  const position = parsePositionKey(from);
  if (position === undefined) throw new TypeError(`"${from}" is no position`);
  return keyBefore(position.clusterTime);
}
