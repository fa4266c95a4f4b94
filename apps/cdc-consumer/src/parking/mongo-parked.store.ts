import { Injectable } from '@nestjs/common';
import { bucketKey } from '@sluice/contracts';
import { DURABLE, isDuplicateKey, MongoLink, stateCollection } from '@sluice/platform';
import type { Binary, Collection } from 'mongodb';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { PARKED_EVENTS } from '../group/group-records.plan.js';
import type { FoundEvent, ParkedEvent, ParkedLaneKey, TakenEvents } from './parked-event.js';
import { ParkedStore, type ParkedEventKey } from './parked.store.js';

type Key = { readonly group: string; readonly handler: string; readonly event: string };

interface ParkedRecord extends Omit<FoundEvent, 'delivery' | 'eventId'> {
  readonly _id: Key;
  readonly group: string;
  readonly epoch: number;
  readonly body: Binary | Buffer;
  readonly envelope: Binary | Buffer;
}

/** Who may write: one document for each group. */
interface OwnersRecord {
  readonly _id: string;
  /** Goes up with every taking of a partition. */
  readonly epoch: number;
  /** By bucket: the epoch of the last owner that had taken everything over. What is older came from a lost owner. */
  readonly loaded?: Readonly<Record<string, number>>;
}

/** An acknowledged message's only copy: it must survive a fail-over and a crash of the server. */
const SAFE = { writeConcern: DURABLE } as const;

/**
 * Parked events in the state database. Each carries its owner's epoch, and every write names the writer's: one that was
 * frozen while another took over changes nothing, and what it still adds is older than what the new owner has loaded.
 * It was never acknowledged, so the new owner gets it from the broker, and it is dropped at the next taking.
 */
@Injectable()
export class MongoParkedStore extends ParkedStore {
  private readonly group: string;
  private isPrepared = false;

  constructor(
    private readonly link: MongoLink,
    { environment }: ConsumerSettings,
  ) {
    super();
    this.group = environment.CONSUMER_GROUP;
  }

  override async take(buckets: readonly number[]): Promise<TakenEvents> {
    await this.prepare();
    const taking = { ...SAFE, returnDocument: 'after' } as const;
    const owners = await this.owners.findOneAndUpdate({ _id: this.group }, { $inc: { epoch: 1 } }, taking);
    if (owners === null) throw new Error(`group "${this.group}" was given no epoch`);
    const { epoch, loaded = {} } = owners;
    for (const [since, some] of byValue(buckets, (bucket) => loaded[bucketKey(bucket)] ?? 0)) {
      const ours = { group: this.group, bucket: { $in: some } };
      await this.events.deleteMany({ ...ours, epoch: { $lt: since } }, SAFE);
      await this.events.updateMany({ ...ours, epoch: { $gte: since, $lt: epoch } }, { $set: { epoch } }, SAFE);
    }
    const marks = Object.fromEntries(buckets.map((bucket) => [`loaded.${bucketKey(bucket)}`, epoch]));
    await this.owners.updateOne({ _id: this.group }, { $max: marks }, SAFE);
    return { epoch, lanes: await this.lanes(epoch, buckets) };
  }

  override async add(epoch: number, event: ParkedEvent): Promise<void> {
    const { eventId: _eventId, delivery, ...fields } = event; // the id is part of the key
    const record = { ...fields, ...delivery, group: this.group, epoch, begun: false };
    try {
      // What a lost owner left under this key is replaced; what is there of this epoch, or a later one, is not.
      const replaced = { _id: this.key(event), epoch: { $lt: epoch } };
      await this.events.replaceOne(replaced, record, { ...SAFE, upsert: true });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  override async first(epoch: number, { handler, document }: ParkedLaneKey): Promise<FoundEvent | undefined> {
    const lane = { group: this.group, handler, document, epoch };
    const record = await this.events.findOne(lane, { sort: { position: 1, _id: 1 }, promoteBuffers: true });
    if (record === null) return undefined;
    const { _id, body, envelope, bucket, position, attempts, firstFailedAt, dueAt, begun } = record;
    const delivery = { body: bytesOf(body), envelope: bytesOf(envelope) };
    const at = { handler, document, bucket, position, eventId: _id.event };
    return { ...at, delivery, attempts, firstFailedAt, dueAt, begun };
  }

  override begin(epoch: number, key: ParkedEventKey): Promise<boolean> {
    return this.change(epoch, key, { begun: true });
  }

  override postpone(
    epoch: number,
    key: ParkedEventKey,
    { attempts, firstFailedAt, dueAt }: Pick<ParkedEvent, 'attempts' | 'firstFailedAt' | 'dueAt'>,
  ): Promise<boolean> {
    return this.change(epoch, key, { attempts, firstFailedAt, dueAt, begun: false });
  }

  override async remove(epoch: number, key: ParkedEventKey): Promise<boolean> {
    const { deletedCount } = await this.events.deleteOne({ _id: this.key(key), epoch }, SAFE);
    return deletedCount === 1;
  }

  override async isOwner(epoch: number, bucket: number): Promise<boolean> {
    const owners = await this.owners.findOne({ _id: this.group });
    return (owners?.loaded?.[bucketKey(bucket)] ?? 0) <= epoch;
  }

  override async count(): Promise<number> {
    const lanes = [
      { $match: { group: this.group } },
      { $group: { _id: { handler: '$handler', document: '$document' } } },
    ];
    const [counted] = await this.events.aggregate<{ lanes: number }>([...lanes, { $count: 'lanes' }]).toArray();
    return counted?.lanes ?? 0;
  }

  override overdue(time: Date): Promise<number[]> {
    return this.events.distinct('bucket', { group: this.group, dueAt: { $lt: time } });
  }

  private async change(epoch: number, key: ParkedEventKey, fields: Partial<ParkedRecord>): Promise<boolean> {
    const { matchedCount } = await this.events.updateOne({ _id: this.key(key), epoch }, { $set: fields }, SAFE);
    return matchedCount === 1;
  }

  private async lanes(epoch: number, buckets: readonly number[]): Promise<ParkedLaneKey[]> {
    const lanes = new Map<string, ParkedLaneKey>();
    const ours = { group: this.group, bucket: { $in: [...buckets] }, epoch };
    const found = this.events.find(ours, { projection: { handler: 1, document: 1, bucket: 1 } });
    for await (const { handler, document, bucket } of found) {
      lanes.set(`${document} ${handler}`, { handler, document, bucket });
    }
    return [...lanes.values()];
  }

  /**
   * Partitions that are taken at once at the first start find the owners' record there: of upserts that race for it, a
   * server may refuse some, or answer nothing.
   */
  private async prepare(): Promise<void> {
    if (this.isPrepared) return;
    const first = { $setOnInsert: { epoch: 0 } };
    await this.owners.updateOne({ _id: this.group }, first, { ...SAFE, upsert: true }).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
    await this.events.createIndexes([
      { key: { group: 1, bucket: 1 } },
      { key: { group: 1, handler: 1, document: 1, position: 1 } },
      { key: { group: 1, dueAt: 1 } },
    ]);
    this.isPrepared = true;
  }

  private key({ handler, eventId }: ParkedEventKey): Key {
    return { group: this.group, handler, event: eventId };
  }

  private get events(): Collection<ParkedRecord> {
    return stateCollection<ParkedRecord>(this.link, PARKED_EVENTS);
  }

  private get owners(): Collection<OwnersRecord> {
    return stateCollection<OwnersRecord>(this.link, 'parked-owners');
  }
}

function bytesOf(value: Binary | Buffer): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer);
}

function byValue<T, V>(items: readonly T[], valueOf: (item: T) => V): Map<V, T[]> {
  const groups = new Map<V, T[]>();
  for (const item of items) groups.set(valueOf(item), [...(groups.get(valueOf(item)) ?? []), item]);
  return groups;
}
