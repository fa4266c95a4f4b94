/** Every way to a server failed; `reasons` holds each way with why. */
export class NoServerError extends Error {
  constructor(what, reasons, advice) {
    super(`No way to ${what} worked:\n${reasons.map(({ way, why }) => `  - ${way}: ${why}`).join('\n')}\n${advice}`);
    this.name = 'NoServerError';
    this.tail = reasons.map(({ tail }) => tail).findLast(Boolean);
  }
}

/**
 * Tries one way after the other: `{ way, open }`, where `open` answers a server or throws why not. A wish to stop ends
 * the search at once.
 */
export async function firstThatWorks(what, ways, { advice, signal, note }) {
  const reasons = [];
  for (const { way, open } of ways) {
    signal?.throwIfAborted();
    try {
      return await open();
    } catch (error) {
      if (signal?.aborted) throw error;
      reasons.push({ way, why: error.message, tail: error.tail });
      note?.(`${way}: ${error.message}`);
    }
  }
  throw new NoServerError(what, reasons, advice);
}
