import { Injectable } from '@nestjs/common';
import { DURABLE, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection, Document } from 'mongodb';
import { CheckpointStore, type CheckpointSave, type SaveResult, type StoredPosition } from './checkpoint.js';
import type { HistoryPage, PositionAudit, PositionChange } from './position-change.js';
import { savedPositionOf, streamRecords, type StreamRecord } from './stream-record.js';

type AuditDocument = PositionAudit & { readonly _id: string };

const DIGITS = 9;

/**
 * Positions in the state database; majority writes, so that no fail-over takes one back. An operator's change is one
 * write of one document, its audit line included; the line is copied into the trail before the next one replaces it
 * (docs/adr/0005-a-position-and-its-audit-line-in-one-write.md).
 */
@Injectable()
export class MongoCheckpointStore extends CheckpointStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  async read(stream: string): Promise<StoredPosition | undefined> {
    const record = await this.records.findOne({ _id: stream }, { readConcern: { level: 'majority' } });
    return record === null ? undefined : positionOf(record);
  }

  async save(
    stream: string,
    epoch: number,
    { last, readTo, pipelineHash, generation, serial }: CheckpointSave,
  ): Promise<SaveResult> {
    const { matchedCount } = await this.records.updateOne(
      { _id: stream, epoch, serial: { $lt: serial } },
      { $set: { last, readTo, pipelineHash, generation, serial }, $currentDate: { savedAt: true } },
      { writeConcern: DURABLE },
    );
    if (matchedCount === 1) return 'saved';
    return (await this.records.findOne({ _id: stream, epoch })) === null ? 'fenced' : 'ignored';
  }

  async change({ stream, epoch, serial }: StoredPosition, change: PositionChange): Promise<StoredPosition | undefined> {
    const asSeen = { _id: stream, epoch, serial, pause: { $ne: null } };
    const found = await this.records.findOne(asSeen);
    if (found === null) return undefined;
    await this.keep(found); // whoever has changed it since has raised the epoch: no line is lost that is not kept
    const record = await this.records.findOneAndUpdate(asSeen, [{ $set: fieldsOf(change) }], {
      returnDocument: 'after',
      writeConcern: DURABLE,
    });
    return record === null ? undefined : positionOf(record);
  }

  async history(stream: string, { limit, before = 10 ** DIGITS - 1 }: HistoryPage): Promise<PositionAudit[]> {
    const record = await this.records.findOne({ _id: stream });
    if (record !== null) await this.keep(record);
    const documents = await this.trail
      .find({ _id: { $gte: auditId(stream, 0), $lt: auditId(stream, before) } })
      .sort({ _id: -1 })
      .limit(limit)
      .toArray();
    return documents.map(({ _id, ...audit }) => audit);
  }

  /** As often as anybody likes: the line has its own id. */
  private async keep({ _id, lastChange }: Pick<StreamRecord, '_id' | 'lastChange'>): Promise<void> {
    if (!lastChange) return; // a document of an older version has none
    const id = auditId(_id, lastChange.number);
    await this.trail.updateOne({ _id: id }, { $setOnInsert: lastChange }, { upsert: true, writeConcern: DURABLE });
  }

  private get records(): Collection<StreamRecord> {
    return streamRecords(this.link);
  }

  private get trail(): Collection<AuditDocument> {
    return stateCollection<AuditDocument>(this.link, 'positionChanges');
  }
}

/** Sorts by number; a stream's name has no colon. */
function auditId(stream: string, number: number): string {
  return `${stream}:${String(number).padStart(DIGITS, '0')}`;
}

function positionOf(record: StreamRecord): StoredPosition {
  const { _id, generation, pipelineHash, pause } = record;
  return { ...savedPositionOf(record), stream: _id, generation, pipelineHash, isPaused: Boolean(pause) };
}

/** For an update pipeline: what is there goes into the audit line by the server's hand. */
function fieldsOf({ to, by, reason, request }: PositionChange): Document {
  const [epoch, generation] = [{ $add: ['$epoch', 1] }, { $add: ['$generation', 1] }];
  const changes = { $add: ['$changes', 1] };
  const readTo = { $literal: to?.readTo ?? null };
  const lastChange = {
    number: changes,
    at: '$$NOW',
    by: { $literal: by },
    reason: { $literal: reason },
    request: { $literal: request },
    before: { epoch: '$epoch', generation: '$generation', last: '$last', readTo: '$readTo' },
    after: { epoch, generation, last: null, readTo },
  };
  const position = { last: null, readTo, pipelineHash: { $literal: to?.pipelineHash ?? null } };
  const savedAt = to === null ? null : '$$NOW';
  const lease = { holder: null, process: null, leaseUntil: null };
  return { ...position, ...lease, savedAt, epoch, generation, serial: 0, changes, lastChange };
}
