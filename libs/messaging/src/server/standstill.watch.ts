const TICK_MS = 250;

/**
 * Notices that this process stood still (SIGSTOP, a suspended machine, an event loop that was blocked) for so long that
 * the broker may have given its partitions to others. What it still has in memory may be old by then: a document whose
 * later events another replica has handled would go back a version.
 */
export class StandstillWatch {
  private readonly listeners = new Set<() => void>();
  private lastMs: number;
  private ticker: NodeJS.Timeout | undefined;

  /** `limitMs`: how long the broker waits at least for a sign of life. `now`: a clock that never goes back. */
  constructor(
    private readonly limitMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.lastMs = now();
  }

  start(): void {
    this.lastMs = this.now();
    this.ticker ??= setInterval(() => this.look(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.ticker);
    this.ticker = undefined;
  }

  /** Calls back after each standstill, before anything else is begun; answers how to stop that. */
  onStandstill(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * To be called before anything is begun: after a standstill what the socket still held comes in before any timer
   * fires.
   */
  look(): void {
    const sinceMs = this.now() - this.lastMs;
    this.lastMs += sinceMs;
    if (this.ticker !== undefined && sinceMs > this.limitMs) for (const listener of [...this.listeners]) listener();
  }
}
