import type { Position } from '@sluice/contracts';
import type { Timestamp } from 'mongodb';

/** Up to where everything is through: confirmed by the broker, or parked. */
export interface Reached {
  readonly last: Position | null;
  /** When the server had nothing more, by `performance.now()`; undefined where it had. */
  readonly caughtUpAtMs?: number | undefined;
}

/**
 * Tells how far a stream is behind its source: from the last moment at which the server had nothing more, where all
 * before it is through, else from the last event that is. Times of two machines are not compared: the server's own time
 * comes with each reply, and goes on here by the monotonic clock.
 */
export class LagMeter {
  private serverSeconds: number | undefined;
  private heardAtMs = 0;
  private reachedMark: Reached | undefined;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** A reply came at `arrivedAtMs`, by `performance.now()`; `operationTime` is the server's cluster time in it. */
  heard(operationTime: Timestamp | undefined, arrivedAtMs: number): void {
    if (operationTime === undefined) return;
    this.serverSeconds = operationTime.t;
    this.heardAtMs = arrivedAtMs;
  }

  reached(mark: Reached): void {
    this.reachedMark = mark;
  }

  /** Somebody else has the stream now. */
  forget(): void {
    this.reachedMark = this.serverSeconds = undefined;
  }

  /** Null until it is known. */
  get seconds(): number | null {
    const mark = this.reachedMark;
    if (mark === undefined) return null;
    if (mark.caughtUpAtMs !== undefined) return Math.max(0, this.nowMs() - mark.caughtUpAtMs) / 1_000;
    if (mark.last === null || this.serverSeconds === undefined) return null;
    const serverNow = this.serverSeconds + (this.nowMs() - this.heardAtMs) / 1_000;
    return Math.max(0, serverNow - mark.last.clusterTime.t);
  }
}
