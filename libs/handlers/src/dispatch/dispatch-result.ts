import type { DeadLetterReason } from '@sluice/contracts';

/** A handler that has failed for good: its attempts are used up, or no repeat will help. */
export interface HandlerFailure {
  readonly handler: string;
  readonly reason: DeadLetterReason;
  /** What was thrown last, as it was thrown; not always an `Error`. */
  readonly error: unknown;
  readonly attempts: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

/** How an event fared once all its handlers have settled. */
export interface DispatchResult {
  /** Handlers that wanted the event. */
  readonly matched: number;
  /** Those of them that failed; the others have handled it. */
  readonly failures: readonly HandlerFailure[];
}
