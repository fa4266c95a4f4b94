import type { StandardSchema } from '../document/standard-schema.js';
import type { OnceOptions } from '../inbox/once.options.js';
import type { RetryOptions } from '../retry/retry.policy.js';

/** What a handler's decorator may change. */
export interface HandlerOptions {
  /** Overrides single fields of the module's retry policy. */
  readonly retry?: RetryOptions;
  /**
   * Gives the handler a MongoDB transaction, `context.session`: what it writes with it happens once for each event, and
   * never behind a later change of the document. Effects elsewhere stay at least once.
   */
  readonly once?: boolean | OnceOptions;
}

/** What the decorator of a handler that gets documents may change. */
export interface DocumentHandlerOptions<S extends StandardSchema | undefined = undefined> extends HandlerOptions {
  /**
   * Parses `fullDocument` before the handler is called, and names its type. A document that does not keep to it is a
   * dead letter, `validation-failed`, without a retry.
   */
  readonly document?: S;
}
