import { setTimeout as sleep } from 'node:timers/promises';

/** Waits no longer than `limitMs`; `undefined`: it is not done by then, and goes on. */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const limit = sleep(limitMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    over.abort();
  }
}
