import type { LeaseClock } from './lease.clock.js';

/**
 * Until when a holder may act, on its own monotonic clock. Counted from before the request was sent, it ends no later
 * than what the server wrote down on receiving it. Once over it stays over: others may have acted since.
 */
export class LeaseDeadline {
  private atMs: number;
  private wasOver = false;

  constructor(
    private readonly leaseMs: number,
    sentAtMs: number,
    private readonly clock: Pick<LeaseClock, 'now'>,
  ) {
    this.atMs = sentAtMs + leaseMs;
  }

  /** The server has granted a request that was sent then; an answer that comes too late changes nothing. */
  extend(sentAtMs: number): void {
    if (!this.isOver()) this.atMs = Math.max(this.atMs, sentAtMs + this.leaseMs);
  }

  isOver(): boolean {
    this.wasOver ||= this.clock.now() >= this.atMs;
    return this.wasOver;
  }

  get leftMs(): number {
    return this.isOver() ? 0 : this.atMs - this.clock.now();
  }
}
