const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/**
 * How long to wait before the next attempt, the first being attempt 0: exponential, the upper half at random, so that
 * many consumers of a broker that comes back do not all ask at once.
 */
export function reopenDelayMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
