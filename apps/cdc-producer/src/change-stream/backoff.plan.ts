import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 100;
const MOST_MS = 10_000;

/** Exponential backoff with full jitter: many clients of one fallen server do not come back at once. */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(Math.min(MOST_MS, FIRST_MS * 2 ** attempt) * (0.5 + random / 2));
}

/** Counts attempts in a row and waits between them. */
export class Backoff {
  private count = 0;

  get attempts(): number {
    return this.count;
  }

  reset(): void {
    this.count = 0;
  }

  /** Waits; ends at once, without an error, when the signal fires. */
  async wait(signal: AbortSignal): Promise<void> {
    const ms = backoffMs(this.count, Math.random());
    this.count += 1;
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
