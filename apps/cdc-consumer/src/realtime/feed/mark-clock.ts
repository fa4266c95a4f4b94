import { setTimeout as sleep } from 'node:timers/promises';

/** Time, for whoever publishes marks. */
export interface MarkClock {
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

export const systemMarkClock: MarkClock = {
  nowMs: () => performance.now(),
  wait: (ms) => sleep(ms, undefined, { ref: false }),
};
