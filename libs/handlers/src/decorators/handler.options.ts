import type { RetryOptions } from '../retry/retry.policy.js';

/** What a handler's decorator may change. */
export interface HandlerOptions {
  /** Overrides single fields of the module's retry policy. */
  readonly retry?: RetryOptions;
}
