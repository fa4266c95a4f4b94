import { createHash } from 'node:crypto';
import { ObjectId, Timestamp } from 'bson';
import {
  parseNamespace,
  SCHEMA_VERSION,
  type DeleteEvent,
  type DocumentKey,
  type DropDatabaseEvent,
  type DropEvent,
  type GapEvent,
  type InsertEvent,
  type InvalidateEvent,
  type ReadEvent,
  type RenameEvent,
  type ReplaceEvent,
  type UpdateDescription,
  type UpdateEvent,
} from '@sluice/contracts';

/** Where a builder's events begin. */
export interface EventBuilderOptions {
  /** Name of the stream; default `test`. */
  readonly stream?: string;
  /** Cluster time of the first event; each further one is a second later. Default: the start of 2026, UTC. */
  readonly startAt?: Date;
}

/** What an update changed, and the document after it where the stream looks it up. */
export interface UpdateChanges<T> extends UpdateDescription {
  readonly fullDocument?: T | null;
}

type WithId<T> = T & DocumentKey;

/**
 * Makes complete, valid change events, as a stream would deliver them one after another: ids differ, positions grow,
 * and the same calls on a new builder give the same events again. Any field can be overridden.
 */
export class EventBuilder {
  private count = 0;
  private readonly stream: string;
  private readonly startAt: Date;

  constructor({ stream = 'test', startAt = new Date('2026-01-01T00:00:00Z') }: EventBuilderOptions = {}) {
    this.stream = stream;
    this.startAt = startAt;
  }

  /** A document was inserted; without an `_id` it gets an ObjectId, as MongoDB's drivers do it. */
  anInsert<T extends object>(
    namespace: string,
    document: T,
    overrides: Partial<InsertEvent<WithId<T>>> = {},
  ): InsertEvent<WithId<T>> {
    return { ...this.base(namespace), operation: 'insert', ...this.whole(document), ...overrides };
  }

  /** Fields changed. `key` is the document's `_id`, or the whole key where a sharded collection's holds more. */
  anUpdate<T extends object>(
    namespace: string,
    key: unknown,
    { fullDocument, ...updateDescription }: UpdateChanges<T>,
    overrides: Partial<UpdateEvent<T>> = {},
  ): UpdateEvent<T> {
    const lookedUp = fullDocument === undefined ? {} : { fullDocument };
    const documentKey = documentKeyOf(key);
    return { ...this.base(namespace), operation: 'update', documentKey, updateDescription, ...lookedUp, ...overrides };
  }

  /** A document was replaced by `document`, which holds its `_id`. */
  aReplace<T extends DocumentKey>(
    namespace: string,
    document: T,
    overrides: Partial<ReplaceEvent<T>> = {},
  ): ReplaceEvent<T> {
    const documentKey = { _id: document._id };
    return { ...this.base(namespace), operation: 'replace', documentKey, fullDocument: document, ...overrides };
  }

  /** A document was deleted; `key` as for `anUpdate`. */
  aDelete<T extends object>(namespace: string, key: unknown, overrides: Partial<DeleteEvent<T>> = {}): DeleteEvent<T> {
    return { ...this.base(namespace), operation: 'delete', documentKey: documentKeyOf(key), ...overrides };
  }

  /** A document as a snapshot found it. */
  aRead<T extends object>(
    namespace: string,
    document: T,
    overrides: Partial<ReadEvent<WithId<T>>> = {},
  ): ReadEvent<WithId<T>> {
    const base = this.base(namespace);
    const source = { ...base.source, snapshot: true };
    return { ...base, source, operation: 'read', ...this.whole(document), ...overrides };
  }

  aDrop(namespace: string, overrides: Partial<DropEvent> = {}): DropEvent {
    return { ...this.base(namespace), operation: 'drop', ...overrides };
  }

  aDropDatabase(database: string, overrides: Partial<DropDatabaseEvent> = {}): DropDatabaseEvent {
    return { ...this.base(database), operation: 'dropDatabase', ...overrides };
  }

  /** `from` is called `to` from now on. */
  aRename(from: string, to: string, overrides: Partial<RenameEvent> = {}): RenameEvent {
    return { ...this.base(from), operation: 'rename', to: parseNamespace(to), ...overrides };
  }

  anInvalidate(namespace: string, overrides: Partial<InvalidateEvent> = {}): InvalidateEvent {
    return { ...this.base(namespace), operation: 'invalidate', ...overrides };
  }

  /** Changes between the two times are lost to the stream. */
  aGap(from: Date, to: Date, overrides: Partial<GapEvent> = {}): GapEvent {
    return {
      ...this.next(),
      ns: {},
      operation: 'gap',
      from: timestampOf(from),
      to: timestampOf(to),
      ...overrides,
    };
  }

  private base(namespace: string) {
    return { ...this.next(), ns: parseNamespace(namespace) };
  }

  /** What every event has, one second after the event before. */
  private next() {
    const ordinal = this.count++;
    const wallTime = new Date(this.startAt.getTime() + ordinal * 1000);
    const token = hash(`${this.stream} ${String(ordinal)}`);
    return {
      id: hash(token),
      stream: this.stream,
      position: { clusterTime: timestampOf(wallTime), generation: 0, ordinal: 0 },
      wallTime,
      source: { resumeToken: { _data: token }, epoch: 1, snapshot: false, capturedAt: wallTime },
      schemaVersion: SCHEMA_VERSION,
    } as const;
  }

  private whole<T extends object>(document: T): { documentKey: DocumentKey; fullDocument: WithId<T> } {
    const fullDocument = { _id: this.objectId(), ...document };
    return { documentKey: { _id: fullDocument._id }, fullDocument };
  }

  private objectId(): ObjectId {
    return new ObjectId(hash(`_id ${this.stream} ${String(this.count)}`).slice(0, 24));
  }
}

/** A plain object with an `_id` is a whole document key; anything else is the `_id` itself. */
function documentKeyOf(key: unknown): DocumentKey {
  const isWholeKey =
    typeof key === 'object' && key !== null && '_id' in key && Object.getPrototypeOf(key) === Object.prototype;
  return isWholeKey ? { ...key } : { _id: key };
}

function timestampOf(time: Date): Timestamp {
  return new Timestamp({ t: Math.floor(time.getTime() / 1000), i: 1 });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
