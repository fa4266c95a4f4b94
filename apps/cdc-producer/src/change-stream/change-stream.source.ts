import { documentOf, readRawChange, type RawChange } from '@sluice/contracts';
import type { Document, MongoClient, Timestamp } from 'mongodb';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { StreamPipeline } from '../filter/stream.pipeline.js';
import { Backoff } from './backoff.plan.js';
import { collectionsWithoutImages } from './image.reader.js';
import { RawChangeCursor, type RawBatch } from './raw-change.cursor.js';
import { meaningOf } from './read-failure.policy.js';
import { startOptions, type StartPoint } from './start.plan.js';
import { stoppingError } from './stopping.errors.js';
import type { StreamStoppedError } from './stream.error.js';

/** Changes as they came, and the token behind the last of them. */
export interface ChangeBatch {
  readonly changes: readonly RawChange[];
  /** Where reading stands now, also when no change passed the filter: saved, it keeps an idle stream in the oplog. */
  readonly resumeToken: Document | undefined;
  /** The server's cluster time when it answered. */
  readonly operationTime: Timestamp | undefined;
  /** The server has closed the change stream behind this batch, as it does after an invalidate. */
  readonly closed: boolean;
}

/** How the source tells where it stands. */
export interface SourceListener {
  opened(): void;
  /** Reading failed; it is opened again from the last batch. */
  reopening(error: Error, attempt: number): void;
}

/**
 * One change stream as an async iterable of batches, opened again for ever after failures that pass. The next batch is
 * read when the one before has been taken: whoever iterates slowly holds the reading back.
 */
export class ChangeStreamSource {
  constructor(
    private readonly client: () => MongoClient,
    private readonly stream: StreamSettings,
    private readonly pipeline: StreamPipeline,
    private readonly listener: SourceListener,
  ) {}

  /** @throws StreamStoppedError where opening again could not help. Ends when the signal fires. */
  async *batches(start: StartPoint, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    let from = start;
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        for await (const batch of this.readUntilClosed(from, signal)) {
          yield batch;
          if (batch.resumeToken !== undefined) from = { kind: 'after', token: batch.resumeToken };
          if (batch.changes.length > 0 || !batch.closed) backoff.reset();
        }
        await backoff.wait(signal); // closed without a word: not at once, or it could spin
      } catch (error) {
        if (signal.aborted) return;
        const failure = asError(error);
        const stopping = await this.stoppingError(failure, from);
        if (stopping !== undefined) throw stopping;
        if (isOurs(failure)) throw failure;
        this.listener.reopening(failure, backoff.attempts + 1);
        await backoff.wait(signal);
      }
    }
  }

  private async stoppingError(failure: Error, { kind }: StartPoint): Promise<StreamStoppedError | undefined> {
    const meaning = meaningOf(failure, { behindToken: kind === 'after' });
    if (meaning !== 'image-missing') return stoppingError(meaning, this.stream, failure);
    // The error does without their names where this user may not list collections.
    const lacking = await collectionsWithoutImages(this.client(), this.stream).catch(() => []);
    return stoppingError(meaning, this.stream, failure, lacking);
  }

  /** Ends when the server closes the cursor, as it does behind an invalidate. */
  private async *readUntilClosed(from: StartPoint, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    const { batchSize, maxAwaitTimeMs, readPreference, scope } = this.stream;
    const stages = [{ $changeStream: { ...this.pipeline.options, ...startOptions(from) } }, ...this.pipeline.stages];
    const cursor = new RawChangeCursor(this.client(), scope, stages, { batchSize, maxAwaitTimeMs, readPreference });
    const closeNow = () => void cursor.close().catch(() => undefined); // ends a waiting getMore; its own failure has no one to tell
    signal.addEventListener('abort', closeNow);
    try {
      let batch = await cursor.open();
      this.listener.opened();
      while (!signal.aborted) {
        yield changesOf(batch);
        if (batch.closed) return;
        batch = await cursor.next();
      }
    } finally {
      signal.removeEventListener('abort', closeNow);
      await cursor.close();
    }
  }
}

function changesOf({ events, postBatchResumeToken, operationTime, closed }: RawBatch): ChangeBatch {
  const changes = events.map(readRawChange);
  const last = changes.at(-1);
  // Behind an invalidate only its own token opens a new stream.
  const resumeToken = closed && last !== undefined ? documentOf(last.resumeToken) : postBatchResumeToken;
  return { changes, resumeToken, operationTime, closed };
}

/** Errors of our own reading (a malformed event, a field that a pipeline took away) come again at each reopening. */
function isOurs(error: Error & { code?: unknown }): boolean {
  return typeof error.code === 'string' && error.code.startsWith('SLUICE-');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
