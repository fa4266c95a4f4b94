import type { Timestamp } from 'mongodb';

/**
 * The server's cluster time as it is now: it comes with replies, and goes on here by the monotonic clock. Times of two
 * machines are not compared.
 */
export class ClusterClock {
  private heardSeconds: number | undefined;
  private heardAtMs = 0;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** A reply came at `arrivedAtMs`, by `performance.now()`; `time` is the server's cluster time in it. */
  heard(time: Timestamp | undefined, arrivedAtMs: number): void {
    if (time === undefined) return;
    this.heardSeconds = time.t;
    this.heardAtMs = arrivedAtMs;
  }

  forget(): void {
    this.heardSeconds = undefined;
  }

  /** Null until a reply has come. */
  get seconds(): number | null {
    if (this.heardSeconds === undefined) return null;
    return this.heardSeconds + (this.nowMs() - this.heardAtMs) / 1_000;
  }
}
