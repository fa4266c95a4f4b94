/** Wakes whoever waits for a change of state; a wake-up says nothing but "look again". */
export class ChangeSignal {
  private waiting = new Set<() => void>();

  notify(): void {
    const woken = this.waiting;
    this.waiting = new Set();
    for (const wake of woken) wake();
  }

  /** Resolves at the next `notify`, when the signal fires, or when the time is over. */
  wait(signal: AbortSignal, timeoutMs = Infinity): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = timeoutMs === Infinity ? undefined : setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake);
      this.waiting.add(wake);
    });
  }
}

/**
 * Does something under a signal that also fires when a time is over. `AbortSignal.any` of an `AbortSignal.timeout` would
 * not do: Node 20 collects such a timeout as garbage before it fires (https://github.com/nodejs/node/issues/57736), and
 * whoever waits for it waits for ever.
 */
export async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  try {
    return await work(AbortSignal.any([signal, over.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for some work, but no longer than until the signal fires, and answers undefined then: a broker that blocks
 * answers nothing, and whoever stops does not wait for it. What becomes of the work later has no one to tell.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { signal: over.signal });
  });
  return Promise.race([work, aborted]).finally(() => over.abort());
}
