/** A histogram as it stands; `counts` has one more than `bounds`, for what is above all of them. */
export interface HistogramReading {
  /** Upper bounds in seconds, ascending. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  /** Of all observed, in seconds. */
  readonly sum: number;
}

/** From a change stream's floor of some milliseconds to an hour behind. */
const BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 3_600_000];
const BOUNDS_SECONDS = BOUNDS_MS.map((ms) => ms / 1_000);

/** Counts durations in fixed buckets; observing one allocates nothing. */
export class LatencyHistogram {
  private readonly counts = new Float64Array(BOUNDS_MS.length + 1);
  private sumMs = 0;

  /** Clocks of two machines differ: what would be less than nothing counts as nothing. */
  observeMs(ms: number): void {
    const duration = ms > 0 ? ms : 0;
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && duration > (BOUNDS_MS[bucket] ?? 0)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sumMs += duration;
  }

  read(): HistogramReading {
    return { bounds: BOUNDS_SECONDS, counts: [...this.counts], sum: this.sumMs / 1_000 };
  }
}
