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

/** How an event fared once its handlers have settled, those of batches excepted. */
export interface DispatchResult {
  /** Handlers that wanted the event. */
  readonly matched: number;
  /** Those of them that failed. */
  readonly failures: readonly HandlerFailure[];
  /** Those of them that the event is kept for elsewhere; absent where there is none. The others have handled it. */
  readonly parked?: readonly string[];
  /**
   * Where handlers of batches wanted the event too: their failures, once its batches have settled. Rejects as `dispatch`
   * does. The document's next event may be dispatched before, since the batches keep its order.
   */
  readonly batched?: Promise<readonly HandlerFailure[]>;
}
