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
  /** Raw BSON change events, in order. */
  readonly events: readonly Uint8Array[];
  /** Where the server's reading stands, also when nothing passed the filter. */
  readonly postBatchResumeToken: Document | undefined;
  /** The server's cluster time when it answered. */
  readonly operationTime: Timestamp | undefined;
  /** The server has closed the cursor. */
  readonly closed: boolean;
}

/**
 * What we use of the driver's cursor beyond its public face. Its change streams refuse `raw: true`, and the token of a
 * batch stands on an internal field; a contract test holds this against the installed driver.
 */
interface CursorInternals {
  readonly documents: {
    readonly postBatchResumeToken: Document | null;
    readonly operationTime: Timestamp | null;
  } | null;
  readonly cursorId: Long | null;
  cursorInit(): Promise<void>;
  fetchBatch(): Promise<void>;
  readBufferedDocuments(): Uint8Array[];
}

/** A reply of up to so many bytes is small enough to have the next one beside it. */
const READ_AHEAD_BYTES = 2 * 1024 * 1024;

/**
 * A change stream read as raw batches, on the driver's own cursor, so that getMore stays on the server that opened it.
 * While one batch is being published the server is asked for the next, so that the two take turns no longer: one batch
 * at most, and none beside a large one, since a reply may have 16 MB.
 */
export class RawChangeCursor {
  private readonly cursor: AggregationCursor & { abortController?: never };
  private opened = false;
  private ahead: Promise<void> | undefined;

  constructor(
    client: MongoClient,
    scope: Scope,
    pipeline: readonly Document[],
    { batchSize, maxAwaitTimeMs, readPreference = 'primary' }: CursorOptions,
  ) {
    const options = { raw: true, batchSize, maxAwaitTimeMS: maxAwaitTimeMs, readPreference };
    this.cursor = targetOf(client, scope).aggregate([...pipeline], options);
  }

  /** Opens, and answers the first reply, often an empty one whose token is the stream's first position. */
  async open(): Promise<RawBatch> {
    await this.internals.cursorInit();
    this.opened = true;
    return this.take();
  }

  /** Waits for news up to `maxAwaitTimeMs`; the batch may be empty. */
  async next(): Promise<RawBatch> {
    await (this.ahead ?? this.internals.fetchBatch());
    this.ahead = undefined;
    const batch = this.take();
    if (!batch.closed && replyBytes(batch) <= READ_AHEAD_BYTES) this.readAhead();
    return batch;
  }

  async close(): Promise<void> {
    if (this.opened) await this.cursor.close();
  }

  private readAhead(): void {
    this.ahead = this.internals.fetchBatch();
    this.ahead.catch(() => undefined); // told by `next`; where nobody asks for it any more, the cursor is closed
  }

  private take(): RawBatch {
    const { documents, cursorId } = this.internals;
    const postBatchResumeToken = documents?.postBatchResumeToken ?? undefined;
    const operationTime = documents?.operationTime ?? undefined;
    return {
      events: this.internals.readBufferedDocuments(),
      postBatchResumeToken,
      operationTime,
      closed: cursorId === null || cursorId.isZero(),
    };
  }

  private get internals(): CursorInternals {
    return this.cursor as unknown as CursorInternals; // see CursorInternals
  }
}

/** All events of a reply lie in its one buffer. */
function replyBytes({ events }: RawBatch): number {
  return events[0]?.buffer.byteLength ?? 0;
}

function targetOf(client: MongoClient, scope: Scope): Db | Collection {
  if ('deployment' in scope) return client.db('admin');
  const db = client.db(scope.database);
  return 'collection' in scope ? db.collection(scope.collection) : db;
}
