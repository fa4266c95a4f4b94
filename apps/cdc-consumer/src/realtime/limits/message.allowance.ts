/** So many seconds' worth may come at once: who reconnects subscribes to everything again. */
const BURST_SECONDS = 10;

/** What a client may still send: refilled as time passes, without a timer. */
export class MessageAllowance {
  private left: number;
  private filledAt: number;

  constructor(
    private readonly perSecond: number,
    nowMs: number,
  ) {
    this.left = perSecond * BURST_SECONDS;
    this.filledAt = nowMs;
  }

  /** False: one too many. */
  take(nowMs: number): boolean {
    const { perSecond } = this;
    const refill = ((nowMs - this.filledAt) * perSecond) / 1_000;
    this.left = Math.min(perSecond * BURST_SECONDS, this.left + Math.max(0, refill));
    this.filledAt = nowMs;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
