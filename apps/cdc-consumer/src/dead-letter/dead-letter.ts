import type { DeadLetterReason } from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';

/** An event that will not be handled, and why. */
export interface DeadLetter {
  readonly delivery: Delivery;
  readonly reason: DeadLetterReason;
  /** The handler that failed; none where no handler saw it. */
  readonly handler?: string;
  /** As it was thrown; not always an `Error`. */
  readonly error: unknown;
  readonly attempts: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

/** Where events go that cannot be handled. */
export abstract class DeadLetters {
  /**
   * Resolves when the broker has the dead letter safely; until then it is tried again for as long as it takes, and the
   * event must not be acknowledged. Rejects only when `signal` fires first.
   */
  abstract add(letter: DeadLetter, signal: AbortSignal): Promise<void>;
}
