/** Thrown out of a wait when the user stops the run; the caller ends quietly. */
export class StoppedError extends Error {
  constructor() {
    super('stopped');
    this.name = 'StoppedError';
  }
}

/** Resolves after `ms`, or throws `StoppedError` as soon as `signal` is aborted. */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new StoppedError());
    const onAbort = () => {
      clearTimeout(timer);
      reject(new StoppedError());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Asks `condition` again and again until it answers something true; throws what `timedOut` makes after `limitMs`. */
export async function until(condition, { limitMs, everyMs = 100, signal, timedOut }) {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() > end) throw timedOut();
    await pause(everyMs, signal);
  }
}
