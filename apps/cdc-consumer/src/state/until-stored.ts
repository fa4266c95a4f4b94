import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import { reopenDelayMs } from '@sluice/messaging';

/** The delays grow up to this attempt's, 1.6 s: events wait as long after the database is back. */
const LAST_DELAY = 4;

/**
 * Repeats what must be in the state database before a partition may go on, until it is, or until `signal`. Said at the
 * first failure only.
 */
export async function untilStored<T>(
  what: string,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
  step: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === 0) logger.warn(`cannot ${what}, trying again; its partition waits: ${String(error)}`);
      await sleep(reopenDelayMs(Math.min(attempt, LAST_DELAY)), undefined, { signal });
    }
  }
}
