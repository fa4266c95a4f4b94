import { RetryPolicyInvalidError } from './retry-policy-invalid.error.js';

/** When and how often a handler that failed is called again for the same event, before the failure counts. */
export interface RetryPolicy {
  /** Calls in all, the first one included; 1 means no retry. */
  readonly attempts: number;
  /** Upper bound of the wait after the first failure; it doubles with every further one. */
  readonly initialDelayMs: number;
  /** The upper bound grows no further than this. */
  readonly maxDelayMs: number;
  /**
   * How long the document's next events wait for this one, from its first failure on; a wait that would last longer is
   * spent elsewhere, and they go on as soon as it is kept there. RabbitMQ takes back what is unacknowledged for half an
   * hour (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout).
   */
  readonly parkAfterMs: number;
  /** `false` ends the retries at once: an error that no repeat can mend only holds back the document's next events. */
  readonly retryIf: (error: unknown, attempt: number) => boolean;
}

/** What a handler or the module changes in the policy it inherits. */
export type RetryOptions = Partial<RetryPolicy>;

/** Five calls within at most 1.5 s of waiting: long enough for a fail-over of a dependency's connection to be tried. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attempts: 5,
  initialDelayMs: 100,
  maxDelayMs: 10_000,
  parkAfterMs: 5_000,
  retryIf: () => true,
};

/** Leaves a third of RabbitMQ's half hour for the calls themselves. */
export const LONGEST_PARK_AFTER_MS = 20 * 60_000;

/** `base` with the given changes. Throws `RetryPolicyInvalidError` naming `place` and every field that makes no sense. */
export function retryPolicy(base: RetryPolicy, changes: RetryOptions = {}, place = 'HandlersModule'): RetryPolicy {
  const policy = { ...base, ...changes };
  const faults = [
    ...(Number.isInteger(policy.attempts) && policy.attempts >= 1
      ? []
      : [`attempts is ${String(policy.attempts)}, allowed is a whole number from 1`]),
    ...(['initialDelayMs', 'maxDelayMs', 'parkAfterMs'] as const)
      .filter((field) => !(Number.isFinite(policy[field]) && policy[field] >= 0))
      .map((field) => `${field} is ${String(policy[field])}, allowed is a number of milliseconds from 0`),
    ...(policy.parkAfterMs > LONGEST_PARK_AFTER_MS
      ? [`parkAfterMs is ${policy.parkAfterMs}, allowed are at most ${LONGEST_PARK_AFTER_MS} milliseconds`]
      : []),
    ...(typeof policy.retryIf === 'function' ? [] : ['retryIf is not a function']),
  ];
  if (faults.length > 0) throw new RetryPolicyInvalidError(place, faults);
  return policy;
}
