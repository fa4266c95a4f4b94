import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; rejects with the signal's own reason, which says who ended and why. */
export async function pause(ms, signal) {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
