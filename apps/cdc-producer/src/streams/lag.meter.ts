import type { Position } from '@sluice/contracts';
import type { Timestamp } from 'mongodb';
import { ClusterClock } from '../change-stream/cluster.clock.js';
import { behindSeconds } from './oplog-headroom.plan.js';

/** Up to where everything is through: confirmed by the broker, or parked. */
export interface Reached {
  readonly last: Position | null;
  /** When the server had nothing more, by `performance.now()`; undefined where it had. */
  readonly caughtUpAtMs?: number | undefined;
}

/**
 * Tells how far a stream is behind its source: from the last moment at which the server had nothing more, where all
 * before it is through, else from the last event that is.
 */
export class LagMeter {
  private readonly clock: ClusterClock;
  private reachedMark: Reached | undefined;

  constructor(private readonly nowMs: () => number = () => performance.now()) {
    this.clock = new ClusterClock(nowMs);
  }

  /** A reply came at `arrivedAtMs`, by `performance.now()`; `operationTime` is the server's cluster time in it. */
  heard(operationTime: Timestamp | undefined, arrivedAtMs: number): void {
    this.clock.heard(operationTime, arrivedAtMs);
  }

  reached(mark: Reached): void {
    this.reachedMark = mark;
  }

  /** The stream is not read here any more. */
  forget(): void {
    this.reachedMark = undefined;
    this.clock.forget();
  }

  /** Null until it is known. */
  get seconds(): number | null {
    const mark = this.reachedMark;
    if (mark === undefined) return null;
    if (mark.caughtUpAtMs !== undefined) return Math.max(0, this.nowMs() - mark.caughtUpAtMs) / 1_000;
    return behindSeconds(mark.last?.clusterTime ?? null, this.clock.seconds);
  }
}
