import type { ChangeEvent } from '@sluice/contracts';
import { eventFields } from '../context/event.fields.js';
import type { EventLogger } from '../context/event.logger.js';
import { EventRefusedError } from '../dispatch/event-refused.error.js';
import { stepAfterFailure, type RetryStep } from './retry.plan.js';
import type { RetryPolicy } from './retry.policy.js';

/** A failed call: of which handler, for which event, and its how-manieth. */
export interface FailedCall {
  readonly handler: string;
  /** Of a batch, the first that failed of the error: the others share its step. */
  readonly event: ChangeEvent;
  /** From 1. */
  readonly attempt: number;
  readonly error: unknown;
}

/** As `stepAfterFailure`. A `retryIf` that throws gives up: it must neither hide the handler's error nor repeat for ever. */
export function guardedStep(policy: RetryPolicy, call: FailedCall, random: number, logger: EventLogger): RetryStep {
  if (call.error instanceof EventRefusedError) return { kind: 'give-up' };
  try {
    return stepAfterFailure(policy, call.attempt, call.error, random);
  } catch (fault) {
    const about = { ...eventFields(call.event), handler: call.handler };
    logger.error('retryIf threw; the handler is not called again', { ...about, err: fault });
    return { kind: 'give-up' };
  }
}
