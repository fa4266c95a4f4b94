/** Time and randomness, so that a test waits for nothing. */
export interface RealtimeClock {
  /** Milliseconds; only differences are looked at. */
  now(): number;
  /** From 0 up to, not including, 1. */
  random(): number;
  /** Calls `action` after that many milliseconds, unless what it answers is called before. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: RealtimeClock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
