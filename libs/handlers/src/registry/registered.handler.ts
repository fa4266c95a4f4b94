import type { ChangeEvent, Pattern } from '@sluice/contracts';
import type { EventContext } from '../context/event-context.js';
import type { Subscription } from '../subscription/subscription.js';

/** Calls a handler with everything around it (guards, interceptors, pipes, filters); rejects with the original error. */
export type InvokeHandler = (event: ChangeEvent, context: EventContext) => Promise<unknown>;

/** One handler method, with all its decorators' subscriptions. */
export interface RegisteredHandler {
  /** Stable across restarts: retries, dead letters and the inbox are kept under it. */
  readonly name: string;
  readonly subscriptions: readonly Subscription[];
  readonly invoke: InvokeHandler;
}

/** A handler that wants an event, with the subscription that does. */
export interface HandlerMatch {
  readonly handler: RegisteredHandler;
  readonly subscription: Subscription;
}

/** A handler as the admin endpoints show it. */
export interface HandlerDescription {
  readonly name: string;
  readonly patterns: readonly Pattern[];
}
