import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { EventIdentity } from '@sluice/handlers';
import { reopenDelayMs } from '@sluice/messaging';

/** The delays grow up to this attempt's, 1.6 s: events wait as long after the database is back. */
const LAST_DELAY = 4;

export interface StoredTools {
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Which event it is for, where it is for one. */
  readonly about?: EventIdentity;
}

/**
 * Repeats what must be in the state database before a partition may go on, until it is, or until `signal`. Said at the
 * first failure only.
 */
export async function untilStored<T>(
  what: string,
  { signal, logger, about }: StoredTools,
  step: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      signal.throwIfAborted();
      const msg = `cannot ${what}, trying again; its partition waits: ${String(error)}`;
      if (attempt === 0) logger.warn({ msg, ...about });
      await sleep(reopenDelayMs(Math.min(attempt, LAST_DELAY)), undefined, { signal });
    }
  }
}
