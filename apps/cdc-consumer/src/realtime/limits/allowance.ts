export interface AllowanceTerms {
  readonly perSecond: number;
  /** So many at once, after a quiet time. */
  readonly burst: number;
}

/** How much somebody may still do: refilled as time passes, without a timer. */
export class Allowance {
  private left: number;
  private filledAt: number;

  constructor(
    private readonly terms: AllowanceTerms,
    nowMs: number,
  ) {
    this.left = terms.burst;
    this.filledAt = nowMs;
  }

  /** Milliseconds until there is one more: 0, it is taken now. */
  take(nowMs: number): number {
    const { perSecond, burst } = this.terms;
    const refill = ((nowMs - this.filledAt) * perSecond) / 1_000;
    this.left = Math.min(burst, this.left + Math.max(0, refill));
    this.filledAt = nowMs;
    if (this.left < 1) return ((1 - this.left) * 1_000) / perSecond;
    this.left -= 1;
    return 0;
  }
}
