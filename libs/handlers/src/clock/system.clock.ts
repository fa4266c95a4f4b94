import { setTimeout as delay } from 'node:timers/promises';
import type { HandlerClock } from './handler.clock.js';

/** The machine's own time. */
export const systemClock: HandlerClock = {
  now: () => new Date(),
  random: () => Math.random(),
  wait: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error; // an abort ends the wait early, which is what the caller asked for
    }
  },
};
