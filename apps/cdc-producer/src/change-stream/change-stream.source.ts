import { SplitChangeJoiner, thrownError, type RawChange } from '@sluice/contracts';
import type { Document, MongoClient, Timestamp } from 'mongodb';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { StreamPipeline } from '../filter/stream.pipeline.js';
import { Backoff } from './backoff.plan.js';
import { BatchChanges } from './batch-changes.js';
import { collectionsWithoutImages } from './image.reader.js';
import { lastStages, modeAfterBatch, modeAfterOversize, slimChange, type ReadingMode } from './oversize.plan.js';
import { RawChangeCursor } from './raw-change.cursor.js';
import { meaningOf } from './read-failure.policy.js';
import { startOptions, type StartPoint } from './start.plan.js';
import { stoppingError } from './stopping.errors.js';
import type { StreamStoppedError } from './stream.error.js';

/** Changes as they came, and the token behind the last of them. */
export interface ChangeBatch {
  /** Read out of the reply one by one, as they are taken; to be gone through once, to the end. */
  readonly changes: Iterable<RawChange>;
  /** Nothing came: no change passed the filter. */
  readonly isEmpty: boolean;
  /** Where reading stands behind the changes, also when there are none: saved, it keeps an idle stream in the oplog. */
  readonly resumeToken: Document | undefined;
  /** The server's cluster time when it answered. */
  readonly operationTime: Timestamp | undefined;
  /** When the reply came, by `performance.now()`; it may be taken long after, where publishing stood still. */
  readonly arrivedAtMs: number;
  /** The server has closed the change stream behind this batch, as it does after an invalidate. */
  readonly closed: boolean;
  /** The server had nothing more. Not the opening's own reply, which some servers leave empty whatever there is. */
  readonly isCaughtUp: boolean;
}

/** How the source tells where it stands. */
export interface SourceListener {
  opened(): void;
  /** Reading failed; it is opened again from the last batch. */
  reopening(error: Error, attempt: number): void;
  /** An event that the server cannot send whole is read without its large fields. */
  slimmed(): void;
}

/**
 * One change stream as an async iterable of batches, opened again for ever after failures that pass. The next batch is
 * read when the one before has been taken: whoever iterates slowly holds the reading back.
 */
export class ChangeStreamSource {
  private mode: ReadingMode = 'whole';
  /** Until the server says that it has no such stage. */
  private canSplit = true;

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
        const { mode } = this;
        for await (const batch of this.readUntilClosed(from, signal)) {
          yield batch;
          if (batch.resumeToken !== undefined) from = { kind: 'after', token: batch.resumeToken };
          if (!batch.isEmpty || !batch.closed) backoff.reset();
        }
        if (this.mode === mode) await backoff.wait(signal); // closed without a word: not at once, or it could spin
      } catch (error) {
        if (signal.aborted) return;
        const failure = thrownError(error);
        if (this.readsOtherwise(failure)) continue;
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

  /** Whether reading in another way can help against this failure; it is chosen then. */
  private readsOtherwise(failure: Error): boolean {
    const meaning = meaningOf(failure);
    if (meaning === 'unknown-stage' && this.canSplit) {
      this.canSplit = false;
      return true;
    }
    const mode = meaning === 'oversize' ? modeAfterOversize(this.mode, this.stream) : undefined;
    if (mode === undefined) return false;
    this.listener.reopening(failure, 1);
    this.mode = mode;
    return true;
  }

  /** Ends when the server closes the cursor, as it does behind an invalidate, and when it is to be read otherwise. */
  private async *readUntilClosed(from: StartPoint, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    const { mode } = this;
    const cursor = this.cursorAt(from);
    const joiner = new SplitChangeJoiner(); // with the cursor: behind a reopening all fragments come again
    const closeNow = () => void cursor.close().catch(() => undefined); // ends a waiting getMore; its own failure has no one to tell
    signal.addEventListener('abort', closeNow);
    try {
      let batch = await cursor.open();
      this.listener.opened();
      for (let read = 0, replies = 0; !signal.aborted; batch = await cursor.next(), replies++) {
        const changes = new BatchChanges(batch, joiner, { isFirst: replies === 0, made: this.slimmer(mode) });
        yield changes; // what came of it is known when it has been gone through
        this.mode = modeAfterBatch(mode, changes.count, read, this.stream.batchSize);
        read += changes.count;
        if (batch.closed || this.mode !== mode) return;
      }
    } finally {
      signal.removeEventListener('abort', closeNow);
      await cursor.close();
    }
  }

  private cursorAt(from: StartPoint): RawChangeCursor {
    const { batchSize, maxAwaitTimeMs, readPreference, scope } = this.stream;
    const first = { $changeStream: { ...this.pipeline.options, ...startOptions(from) } };
    const stages = [first, ...this.pipeline.stages, ...lastStages(this.mode, this.canSplit)];
    const options = { batchSize: this.mode === 'whole' ? batchSize : 1, maxAwaitTimeMs, readPreference };
    return new RawChangeCursor(this.client(), scope, stages, options);
  }

  /** What is done to each change in this mode. */
  private slimmer(mode: ReadingMode): (change: RawChange) => RawChange {
    if (mode !== 'slim') return (change) => change;
    return (change) => {
      this.listener.slimmed();
      return slimChange(change, this.stream);
    };
  }
}

/** Errors of our own reading (a malformed event, a field that a pipeline took away) come again at each reopening. */
function isOurs(error: Error & { code?: unknown }): boolean {
  return typeof error.code === 'string' && error.code.startsWith('SLUICE-');
}
