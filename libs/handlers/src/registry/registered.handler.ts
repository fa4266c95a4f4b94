import type { ChangeEvent, Pattern } from '@sluice/contracts';
import type { BatchContext } from '../batch/batch-context.js';
import type { EventContext } from '../context/event-context.js';
import type { OnceOptions } from '../inbox/once.options.js';
import type { Subscription } from '../subscription/subscription.js';

/** Calls a handler with everything around it (guards, interceptors, pipes, filters); rejects with the original error. */
export type InvokeHandler = (event: ChangeEvent, context: EventContext) => Promise<unknown>;

/** The same for a handler of batches. */
export type InvokeBatchHandler = (events: readonly ChangeEvent[], context: BatchContext) => Promise<unknown>;

/** One handler method, with all its decorators' subscriptions. */
export interface RegisteredHandler {
  /** Stable across restarts: retries, dead letters and the inbox are kept under it. */
  readonly name: string;
  readonly subscriptions: readonly Subscription[];
  readonly invoke: InvokeHandler;
  /** In place of `invoke` where the handler's subscriptions ask for batches. */
  readonly invokeBatch?: InvokeBatchHandler;
}

/** A handler that wants an event, with the subscription that does. */
export interface HandlerMatch {
  readonly handler: RegisteredHandler;
  readonly subscription: Subscription;
}

/** A handler whose decorator says `once`. */
export interface HandlerOnce {
  readonly name: string;
  readonly once: OnceOptions;
}

/** A handler as the admin endpoints show it. */
export interface HandlerDescription {
  readonly name: string;
  readonly patterns: readonly Pattern[];
  /** The most events that a handler of batches takes at once. */
  readonly maxEvents?: number;
}
