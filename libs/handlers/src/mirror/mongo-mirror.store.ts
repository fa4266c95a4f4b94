import { canonicalKeyOf } from '@sluice/contracts';
import type { AnyBulkWriteOperation, Collection, Document, Filter } from 'mongodb';
import { isAwayError } from './away-error.policy.js';
import { MirrorUnavailableError, MirrorWriteRefusedError } from './mirror.errors.js';
import {
  MIRROR_FIELD,
  type MirrorGap,
  type MirrorRecord,
  type MirroredState,
  type MirrorWrite,
  type WriteGuard,
  type WriteOutcome,
} from './mirror.state.js';
import type { MirrorStore } from './mirror.store.js';

/** Holds, in the mirror's database, what is kept of its mirrors as a whole. */
export const MIRRORS_COLLECTION = 'sluice_mirrors';

/** Ids are whatever the source's are; the driver's filters take no `unknown`. */
type StoredId = string;
type StoredDocument = Document & { readonly _id: StoredId };

interface MirrorRecordDocument extends Partial<MirrorRecord> {
  readonly _id: { readonly from: string; readonly to: string };
}

interface WriteFault {
  readonly index: number;
  readonly code: number;
  readonly errmsg?: string;
}

const POSITION = `${MIRROR_FIELD}.position`;
const DELETED_AT = `${MIRROR_FIELD}.deletedAt`;
const DUPLICATE_KEY = 11_000;
const MAJORITY = { writeConcern: { w: 'majority' } } as const;

/** As they are stored: an int32 and a double of one value stay what they are when they are written back. */
const LOSSLESS = { promoteValues: false, bsonRegExp: true } as const;

/**
 * A mirror in a MongoDB collection. A guarded write is an insert, or an upsert whose filter holds the guard: where a
 * document is there that the guard excludes, the upsert would insert its `_id` once more, and ends with 11000 as well
 * (https://www.mongodb.com/docs/manual/reference/method/db.collection.updateOne/#upsert-with-duplicate-values).
 */
export class MongoMirrorStore implements MirrorStore {
  private readonly documents: Collection<StoredDocument>;
  private readonly records: Collection<MirrorRecordDocument>;
  private readonly key: MirrorRecordDocument['_id'];

  private constructor(collection: Collection, records: Collection<MirrorRecordDocument>, from: string) {
    this.documents = collection as unknown as Collection<StoredDocument>; // ids are whatever the source's are
    this.records = records;
    this.key = { from, to: collection.collectionName };
  }

  /** `records`: `sluice_mirrors` of the same database. Makes the index by which tombstones go. */
  static async open(
    collection: Collection,
    records: Collection,
    { from, tombstoneTtlMs }: { from: string; tombstoneTtlMs: number },
  ): Promise<MongoMirrorStore> {
    const ofMirrors = records as unknown as Collection<MirrorRecordDocument>; // written by this class alone
    const store = new MongoMirrorStore(collection, ofMirrors, from);
    await store.reached(store.ensureTimeToLive(Math.ceil(tombstoneTtlMs / 1000)));
    return store;
  }

  async read(ids: readonly unknown[]): Promise<ReadonlyMap<string, MirroredState>> {
    const found = this.documents.find(inIds(ids), { ...LOSSLESS, readPreference: 'primary' });
    const states = (await this.reached(found.toArray())).map((stored): [string, MirroredState] => [
      canonicalKeyOf(stored._id),
      stateOf(stored),
    ]);
    return new Map(states);
  }

  async write(writes: readonly MirrorWrite[]): Promise<readonly WriteOutcome[]> {
    const faults = await this.reached(this.bulkWrite(writes.map(operationOf)));
    return writes.map((_, index) => faults.get(index) ?? { kind: 'written' });
  }

  async clearBelow(floor: string, ids?: readonly unknown[]): Promise<void> {
    // Documents of a copy without positions are below every floor, but they are not what an old event has left behind.
    const filter: Filter<StoredDocument> =
      ids === undefined ? notFrom(floor) : { ...inIds(ids), [POSITION]: { $lt: floor } };
    await this.reached(this.documents.deleteMany(filter, MAJORITY));
  }

  async record(): Promise<MirrorRecord> {
    const found = await this.reached(this.records.findOne({ _id: this.key }, { readPreference: 'primary' }));
    return { floor: found?.floor ?? '', gaps: found?.gaps ?? [] };
  }

  async raiseFloor(floor: string): Promise<void> {
    await this.update({ $max: { floor } });
  }

  async addGap({ event, stream, reason, from, to }: MirrorGap): Promise<void> {
    await this.update({ $addToSet: { gaps: { event, stream, reason, from, to } } });
  }

  async removeGaps(): Promise<void> {
    await this.update({ $unset: { gaps: '' } });
  }

  private async update(change: Document): Promise<void> {
    await this.reached(this.records.updateOne({ _id: this.key }, change, { upsert: true, ...MAJORITY }));
  }

  private async bulkWrite(operations: AnyBulkWriteOperation<StoredDocument>[]): Promise<Map<number, WriteOutcome>> {
    try {
      await this.documents.bulkWrite(operations, { ordered: false, ...MAJORITY });
      return new Map();
    } catch (error) {
      const faults = writeFaultsOf(error, this.documents.namespace);
      if (faults === undefined) throw error;
      return faults;
    }
  }

  private async ensureTimeToLive(expireAfterSeconds: number): Promise<void> {
    const name = `${MIRROR_FIELD}_tombstones`;
    await this.documents.createIndex({ [DELETED_AT]: 1 }, { name, expireAfterSeconds, sparse: true });
  }

  /** @throws MirrorUnavailableError in place of the driver's errors that say that the server is away */
  private async reached<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      if (isAwayError(cause)) throw new MirrorUnavailableError(this.documents.namespace, { cause });
      throw cause;
    }
  }
}

function stateOf(stored: StoredDocument): MirroredState {
  const { [MIRROR_FIELD]: mark, ...document } = stored;
  const { position, deletedAt } = (mark ?? {}) as { position?: string; deletedAt?: Date }; // as `operationOf` writes it
  return { position, document: deletedAt === undefined ? document : undefined };
}

function operationOf({ id, guard, position, document }: MirrorWrite): AnyBulkWriteOperation<StoredDocument> {
  const mark = { [MIRROR_FIELD]: { position } };
  if (guard.kind === 'absent') return { insertOne: { document: { _id: id as StoredId, ...document, ...mark } } };
  const filter: Filter<StoredDocument> = { _id: { $eq: id as StoredId }, ...guardFilter(guard) };
  if (document !== undefined) {
    return { replaceOne: { filter, replacement: { _id: id, ...document, ...mark }, upsert: true } };
  }
  // A pipeline, for the server's time. $literal: an id that begins with a dollar is no path.
  const tombstone = { _id: { $literal: id }, [MIRROR_FIELD]: { position, deletedAt: '$$NOW' } };
  return { updateOne: { filter, update: [{ $replaceWith: tombstone }], upsert: true } };
}

function guardFilter(guard: Exclude<WriteGuard, { kind: 'absent' }>): Filter<StoredDocument> {
  if (guard.kind === 'below') return notFrom(guard.position);
  return { [POSITION]: guard.position ?? { $exists: false } }; // a name made of two
}

function inIds(ids: readonly unknown[]): { _id: { $in: StoredId[] } } {
  return { _id: { $in: ids as StoredId[] } };
}

/** What has no position is older than all that have one. */
function notFrom(position: string): Filter<StoredDocument> {
  return { [POSITION]: { $not: { $gte: position } } };
}

/** What befell single writes; undefined where it was not about single writes. */
function writeFaultsOf(error: unknown, target: string): Map<number, WriteOutcome> | undefined {
  if (!(error instanceof Error) || !('writeErrors' in error)) return undefined;
  // Of the driver's MongoBulkWriteError: one of them or several.
  const faults = [error.writeErrors].flat() as WriteFault[];
  const result = 'result' in error ? (error.result as { getWriteConcernError?(): unknown }) : undefined;
  if (faults.length === 0 || result?.getWriteConcernError?.() !== undefined) return undefined;
  return new Map(faults.map((fault) => [fault.index, outcomeOf(fault, target)]));
}

function outcomeOf(fault: WriteFault, target: string): WriteOutcome {
  const { code, errmsg } = fault;
  const error = new MirrorWriteRefusedError(target, { code, errmsg });
  return { kind: code === DUPLICATE_KEY ? 'conflict' : 'failed', error };
}
