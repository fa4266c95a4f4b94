import { documentsIn, elementsOf } from '@sluice/contracts';
import type { AggregationCursor, Collection, Db, Document, Long, MongoClient, Timestamp } from 'mongodb';
import type { ReadPreference, Scope } from '../config/streams-file.schema.js';

export interface CursorOptions {
  readonly batchSize: number;
  readonly maxAwaitTimeMs: number;
  /** Which members of a replica set it may be opened on; getMore then stays on that one. Default: the primary. */
  readonly readPreference?: ReadPreference;
}

/** One reply of the server. */
export interface RawBatch {
  /** Raw BSON change events, in order, once; each is cut out of the reply when it is taken. */
  readonly events: Iterable<Uint8Array>;
  readonly isEmpty: boolean;
  /** Of the whole reply. */
  readonly bytes: number;
  /** Where the server's reading stands, also when nothing passed the filter. */
  readonly postBatchResumeToken: Document | undefined;
  /** The server's cluster time when it answered. */
  readonly operationTime: Timestamp | undefined;
  /** When the reply came, by `performance.now()`: it may have waited for the batch before it to be published. */
  readonly arrivedAtMs: number;
  /** The server has closed the cursor. */
  readonly closed: boolean;
}

/**
 * What we use of the driver's cursor beyond its public face. Its change streams refuse `raw: true`, the token of a batch
 * stands on an internal field, and reading raw documents of a reply parses each of them, keeping what it found for as
 * long as the reply; a contract test holds this against the installed driver.
 */
interface CursorInternals {
  documents: Reply | null;
  /** What the next getMore asks for. */
  readonly cursorOptions: { batchSize?: number };
  readonly cursorId: Long | null;
  cursorInit(): Promise<void>;
  fetchBatch(): Promise<void>;
}

interface Reply {
  readonly postBatchResumeToken: Document | null;
  readonly operationTime: Timestamp | null;
  toBytes(): Uint8Array;
}

/** Its length and the zero byte at its end. */
const EMPTY_ARRAY_BYTES = 5;
/** About what a reply is to have at most, by the size of the events before it; the server's own bound is 16 MB. */
const REPLY_BYTES = 2 * 1024 * 1024;
/** Events that are asked for while nothing is known of their size. */
const FIRST_EVENTS = 100;
/** A reply of up to so many bytes is small enough to have the next one beside it. */
const READ_AHEAD_BYTES = 2 * REPLY_BYTES;

/**
 * A change stream read as raw batches, on the driver's own cursor, so that getMore stays on the server that opened it.
 * While one batch is being published the server is asked for the next, so that the two take turns no longer: one batch
 * at most, and none beside a large one, since a reply may have 16 MB. Where events are large, fewer are asked for: a
 * reply is in memory twice while the driver puts it together.
 */
export class RawChangeCursor {
  private readonly cursor: AggregationCursor & { abortController?: never };
  private opened = false;
  private ahead: Promise<void> | undefined;
  private arrivedAtMs = 0;
  private readonly batchSize: number;
  /** Of the reply that was taken last, as far as it has been gone through. */
  private last = { events: 0, bytes: 0 };

  constructor(
    client: MongoClient,
    scope: Scope,
    pipeline: readonly Document[],
    { batchSize, maxAwaitTimeMs, readPreference = 'primary' }: CursorOptions,
  ) {
    this.batchSize = batchSize;
    const options = {
      raw: true,
      batchSize: Math.min(batchSize, FIRST_EVENTS),
      maxAwaitTimeMS: maxAwaitTimeMs,
      readPreference,
    };
    this.cursor = targetOf(client, scope).aggregate([...pipeline], options);
  }

  /** Opens, and answers the first reply: empty on some servers, with a token that is the stream's first position. */
  async open(): Promise<RawBatch> {
    await this.internals.cursorInit();
    this.arrivedAtMs = performance.now();
    this.opened = true;
    return this.take();
  }

  /** Waits for news up to `maxAwaitTimeMs`; the batch may be empty. */
  async next(): Promise<RawBatch> {
    this.askBySize();
    await (this.ahead ?? this.fetch());
    this.ahead = undefined;
    const batch = this.take();
    if (!batch.closed && batch.bytes <= READ_AHEAD_BYTES) this.readAhead();
    return batch;
  }

  async close(): Promise<void> {
    if (this.opened) await this.cursor.close();
  }

  private askBySize(): void {
    const { events, bytes } = this.last;
    if (events === 0) return;
    const fitting = Math.max(1, Math.floor((REPLY_BYTES * events) / bytes));
    this.internals.cursorOptions.batchSize = Math.min(this.batchSize, fitting);
  }

  private readAhead(): void {
    this.ahead = this.fetch();
    this.ahead.catch(() => undefined); // told by `next`; where nobody asks for it any more, the cursor is closed
  }

  private async fetch(): Promise<void> {
    await this.internals.fetchBatch();
    this.arrivedAtMs = performance.now();
  }

  /** Takes the reply out of the driver's cursor: it must not be read again, nor be held for longer than its events. */
  private take(): RawBatch {
    const { internals, arrivedAtMs } = this;
    const { documents, cursorId } = internals;
    internals.documents = null;
    const postBatchResumeToken = documents?.postBatchResumeToken ?? undefined;
    const operationTime = documents?.operationTime ?? undefined;
    const closed = cursorId === null || cursorId.isZero();
    const reply = eventsIn(documents?.toBytes());
    this.last = { events: 0, bytes: reply.bytes };
    const events = counted(reply.events, this.last);
    return { ...reply, events, postBatchResumeToken, operationTime, arrivedAtMs, closed };
  }

  private get internals(): CursorInternals {
    return this.cursor as unknown as CursorInternals; // see CursorInternals
  }
}

function* counted(events: RawBatch['events'], reply: { events: number }): Generator<Uint8Array> {
  for (const event of events) {
    reply.events += 1;
    yield event;
  }
}

/** The reply of `aggregate` and `getMore`: https://www.mongodb.com/docs/manual/reference/command/getMore/#output */
function eventsIn(reply: Uint8Array | undefined): Pick<RawBatch, 'events' | 'isEmpty' | 'bytes'> {
  const cursor = reply && elementsOf(reply).get('cursor');
  const fields = cursor && elementsOf(reply, cursor.start);
  const batch = fields?.get('nextBatch') ?? fields?.get('firstBatch');
  if (reply === undefined || batch === undefined) return { events: [], isEmpty: true, bytes: 0 };
  const events = { [Symbol.iterator]: () => documentsIn(reply, batch) };
  return { events, isEmpty: batch.end - batch.start <= EMPTY_ARRAY_BYTES, bytes: reply.length };
}

function targetOf(client: MongoClient, scope: Scope): Db | Collection {
  if ('deployment' in scope) return client.db('admin');
  const db = client.db(scope.database);
  return 'collection' in scope ? db.collection(scope.collection) : db;
}
