import type { EventLogger } from './context/event.logger.js';
import type { RetryOptions } from './retry/retry.policy.js';

/** What `HandlersModule.forRoot` takes; every field has a default. */
export interface HandlersOptions {
  /** Changes the default retry policy (5 attempts, 100 ms to 10 s) for all handlers. */
  readonly retry?: RetryOptions;
  /** Where handlers log; default: Nest's logger. */
  readonly logger?: EventLogger;
}

/** Injection token of the `HandlersOptions`. */
export const HANDLERS_OPTIONS = Symbol('sluice:handlers-options');
/** Injection token of the `RetryPolicy` of handlers that name none of their own. */
export const HANDLER_RETRY_POLICY = Symbol('sluice:handler-retry-policy');
