import { setTimeout as sleep } from 'node:timers/promises';

/** Time as a holder measures it. */
export interface LeaseClock {
  /** Milliseconds of a clock that nobody sets. It goes on while the process is stopped. */
  now(): number;
  /** Ends early, without an error, when the signal fires. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const MONOTONIC_CLOCK: LeaseClock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(Math.ceil(ms), undefined, { signal }).catch(() => undefined), // whoever waits looks at the signal
};
