import type { RetryPolicy } from './retry.policy.js';

/** What follows a failed attempt. */
export type RetryStep = { readonly kind: 'retry'; readonly delayMs: number } | { readonly kind: 'give-up' };

/**
 * The step after the `attempt`-th call (from 1) has failed with `error`. The wait is drawn evenly from zero to an
 * upper bound that doubles with each failure ("full jitter": with any fixed share in it, handlers that failed
 * together, for example on one database's fail-over, come back together,
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * `random` is a number from 0 up to 1. Pure but for `policy.retryIf`, whose exceptions pass through.
 */
export function stepAfterFailure(policy: RetryPolicy, attempt: number, error: unknown, random: number): RetryStep {
  if (attempt >= policy.attempts || !policy.retryIf(error, attempt)) return { kind: 'give-up' };
  return { kind: 'retry', delayMs: random * delayBoundMs(policy, attempt) };
}

/** The longest wait after the `attempt`-th failure. */
export function delayBoundMs(policy: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs'>, attempt: number): number {
  const doublings = Math.min(attempt - 1, 1000); // 2^1024 is Infinity, and Infinity times a delay of 0 is NaN
  return Math.min(policy.maxDelayMs, policy.initialDelayMs * 2 ** doublings);
}
