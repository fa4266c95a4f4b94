import type { AloneStep } from '@sluice/messaging';

/** What one delivery of a control event has to do with its barrier. */
export interface BarrierCrossing {
  /** To be done before the delivery's task; none once the barrier is open. */
  step(): AloneStep | undefined;
  /** Whether its handlers are run by this delivery. Asked after the steps. */
  readonly runs: boolean;
  /** Lets the other partitions go on: the handlers have run. */
  finish(signal: AbortSignal): Promise<void>;
}
