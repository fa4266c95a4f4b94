import { documentOf, type RawChange, type SplitChangeJoiner } from '@sluice/contracts';
import type { Document, Timestamp } from 'mongodb';
import type { ChangeBatch } from './change-stream.source.js';
import type { RawBatch } from './raw-change.cursor.js';

/** How a reply is read. */
export interface ReadingOfBatch {
  /** It is the opening's own, which some servers leave empty whatever there is. */
  readonly isFirst: boolean;
  /** What is made of each change. */
  readonly made: (change: RawChange) => RawChange;
}

/**
 * A reply of the server as a batch. Each change is read out of it when it is taken: decoded all at once, a thousand of
 * them would be held for as long as the window is full.
 */
export class BatchChanges implements ChangeBatch {
  readonly isEmpty: boolean;
  readonly operationTime: Timestamp | undefined;
  readonly arrivedAtMs: number;
  readonly closed: boolean;
  readonly isCaughtUp: boolean;
  readonly changes: Iterable<RawChange>;
  private taken = 0;
  private lastToken: Uint8Array | undefined;

  constructor(
    private readonly batch: RawBatch,
    private readonly joiner: SplitChangeJoiner,
    private readonly how: ReadingOfBatch,
  ) {
    this.isEmpty = batch.isEmpty;
    this.isCaughtUp = this.isEmpty && !how.isFirst;
    this.operationTime = batch.operationTime;
    this.arrivedAtMs = batch.arrivedAtMs;
    this.closed = batch.closed;
    this.changes = this.read();
  }

  /** Changes that have been taken. */
  get count(): number {
    return this.taken;
  }

  /**
   * In the midst of a split event it is behind the last whole one: the batch's own token is a fragment's. Behind an
   * invalidate only its own token opens a new stream.
   */
  get resumeToken(): Document | undefined {
    const { lastToken, batch } = this;
    if (!this.joiner.isWaiting && !(this.closed && lastToken !== undefined)) return batch.postBatchResumeToken;
    return lastToken === undefined ? undefined : documentOf(lastToken);
  }

  private *read(): Generator<RawChange> {
    for (const bson of this.batch.events) {
      const change = this.joiner.add(bson);
      if (change === undefined) continue;
      this.taken += 1;
      this.lastToken = change.resumeToken;
      yield this.how.made(change);
    }
  }
}
