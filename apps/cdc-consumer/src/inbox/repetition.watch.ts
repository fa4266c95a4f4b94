/** Write conflicts of a moment are everyday; behind longer ones may be somebody who has to be found. */
const TELL_AFTER_MS = 3_000;

/** What is told of a transaction that is run again and again. */
export interface Repetition {
  readonly attempts: number;
  readonly seconds: number;
  /** Of the last attempt; undefined where it came as far as its commit. */
  readonly error: unknown;
}

/**
 * Follows the attempts of one transaction: the driver repeats it for up to two minutes without a word. Tells of it once,
 * when that has gone on for some seconds.
 */
export class RepetitionWatch {
  private attempts = 0;
  private repeatedSince: number | undefined;
  private lastError: unknown;
  private isTold = false;

  constructor(
    private readonly tell: (repetition: Repetition) => void,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Runs one attempt; rejects as it does. */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    this.attempts += 1;
    if (this.attempts > 1) this.look();
    this.lastError = undefined;
    try {
      return await work();
    } catch (error) {
      this.lastError = error;
      throw error;
    }
  }

  private look(): void {
    const now = this.clock();
    this.repeatedSince ??= now;
    const elapsedMs = now - this.repeatedSince;
    if (this.isTold || elapsedMs < TELL_AFTER_MS) return;
    this.isTold = true;
    this.tell({ attempts: this.attempts - 1, seconds: Math.round(elapsedMs / 1_000), error: this.lastError });
  }
}
