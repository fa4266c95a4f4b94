import { Injectable } from '@nestjs/common';
import { parsePositionKey, positionKey, STREAMS_COLLECTION, type Position } from '@sluice/contracts';
import { isDuplicateKey, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection } from 'mongodb';
import type { GapStart, QueueRecord } from './queue-record.js';
import { QueueRecordStore } from './queue-record.store.js';

interface RecordDocument {
  /** The queue. */
  readonly _id: string;
  readonly since: Date;
  readonly losses: number;
  readonly lostAt?: Date;
  readonly debt?: { readonly to: Date; readonly starts: readonly { stream: string; after: string | null }[] };
}

interface PositionDocument {
  /** A document for each stream, and no field: a stream's name comes with the message and may be any text. */
  readonly _id: { readonly queue: string; readonly stream: string };
  readonly position: string;
}

const DURABLE = { writeConcern: { w: 'majority' } } as const;

@Injectable()
export class MongoQueueRecordStore extends QueueRecordStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  override async find(queues: readonly string[]): Promise<QueueRecord[]> {
    const stages = [{ $match: { _id: { $in: [...queues] } } }, { $set: { seenAt: '$$NOW' } }];
    const found = this.records.aggregate<RecordDocument & { seenAt: Date }>(stages, {
      readConcern: { level: 'majority' },
    });
    return (await found.toArray()).map(({ seenAt, ...record }) => ({ ...read(record), seenAt }));
  }

  override async begin(queue: string): Promise<void> {
    try {
      const first = { $setOnInsert: { losses: 0 }, $currentDate: { since: true } } as const;
      await this.records.updateOne({ _id: queue, since: { $exists: false } }, first, { ...DURABLE, upsert: true });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // it has one
    }
  }

  override async owe({ queue, losses, debt }: QueueRecord, starts: readonly GapStart[]): Promise<boolean> {
    const now = { $currentDate: { 'debt.to': true, lostAt: true } } as const;
    const stored = starts.map(({ stream, after }) => {
      return { stream, after: after === undefined ? null : positionKey(after) };
    });
    const { matchedCount } =
      debt === undefined
        ? await this.records.updateOne(
            { _id: queue, losses, debt: { $exists: false } },
            { ...now, $set: { 'debt.starts': stored }, $inc: { losses: 1 } },
            DURABLE,
          )
        : await this.records.updateOne({ _id: queue, losses, 'debt.to': debt.to }, now, DURABLE);
    return matchedCount === 1;
  }

  override async clear({ queue, debt }: QueueRecord): Promise<void> {
    if (debt === undefined) return;
    const told = { $unset: { debt: true }, $set: { since: debt.to } } as const;
    const { matchedCount } = await this.records.updateOne({ _id: queue, 'debt.to': debt.to }, told, DURABLE);
    if (matchedCount === 1) await this.handled.deleteMany({ '_id.queue': queue });
  }

  override async positions(queue: string): Promise<Map<string, Position>> {
    const found = await this.handled.find({ '_id.queue': queue }).toArray();
    return new Map(
      found.flatMap(({ _id, position }) => {
        const parsed = parsePositionKey(position);
        return parsed === undefined ? [] : [[_id.stream, parsed]];
      }),
    );
  }

  override async savePositions(queue: string, positions: ReadonlyMap<string, Position>): Promise<void> {
    const writes = [...positions].map(([stream, position]) => ({
      updateOne: {
        filter: { _id: { queue, stream } },
        update: { $set: { position: positionKey(position) } },
        upsert: true,
      },
    }));
    if (writes.length > 0) await this.handled.bulkWrite(writes, { ordered: false });
  }

  override async streams(): Promise<string[]> {
    const streams = stateCollection<{ _id: string }>(this.link, STREAMS_COLLECTION);
    return (await streams.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
  }

  private get records(): Collection<RecordDocument> {
    return stateCollection<RecordDocument>(this.link, 'partitionQueues');
  }

  private get handled(): Collection<PositionDocument> {
    return stateCollection<PositionDocument>(this.link, 'partitionPositions');
  }
}

function read({ _id, since, losses, lostAt, debt }: RecordDocument): Omit<QueueRecord, 'seenAt'> {
  const starts = debt?.starts.map(({ stream, after }) => {
    return { stream, after: after === null ? undefined : parsePositionKey(after) };
  });
  return { queue: _id, since, losses, lostAt, debt: debt && { to: debt.to, starts: starts ?? [] } };
}
