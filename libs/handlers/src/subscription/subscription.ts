import {
  matchesPattern,
  operationSchema,
  patternOf,
  patternsFor,
  type ChangeEvent,
  type Operation,
  type Pattern,
} from '@sluice/contracts';
import type { BatchLimits } from '../batch/batch.limits.js';
import type { StandardSchema } from '../document/standard-schema.js';
import type { OnceOptions } from '../inbox/once.options.js';
import type { RetryOptions } from '../retry/retry.policy.js';
import { concerns } from './handler-namespace.js';
import { HandlerOperationsInvalidError } from './handler-operations-invalid.error.js';

/** One decorator's claim on events. */
export interface Subscription {
  /** AMQP topic patterns (without the bucket) that bring at least every event that `wants` accepts. */
  readonly patterns: readonly Pattern[];
  /** What this decorator changes in the retry policy. */
  readonly retry: RetryOptions;
  /** Parses the document before the handler is called. */
  readonly document?: StandardSchema | undefined;
  /** The handler's effects happen once, through the inbox. */
  readonly once?: OnceOptions | undefined;
  readonly wants: (event: ChangeEvent) => boolean;
  /** Events are handed over in batches of this size. */
  readonly batch?: BatchLimits;
}

/** Events of these operations that concern this namespace. */
export function namespaceSubscription(
  operations: readonly Operation[],
  namespace: string,
  { retry = {}, document, once }: Partial<Pick<Subscription, 'retry' | 'document' | 'once'>> = {},
): Subscription {
  return {
    patterns: patternsFor(operations, namespace),
    retry,
    document,
    once,
    wants: (event) => operations.includes(event.operation) && concerns(namespace, event),
  };
}

/** Events whose own pattern matches, as `@EventPattern` has it: `insert.shop.orders`, `insert.shop.#`. */
export function patternSubscription(pattern: Pattern): Subscription {
  return { patterns: [pattern], retry: {}, wants: (event) => matchesPattern(pattern, patternOf(event)) };
}

/** Throws `HandlerOperationsInvalidError` for an empty list and for words that are none of the allowed operations. */
export function assertOperations(
  place: string,
  operations: readonly string[],
  allowed: readonly string[] = operationSchema.options,
): void {
  if (operations.length === 0) throw new HandlerOperationsInvalidError(place, 'operations is empty', allowed);
  const unknown = operations.filter((operation) => !allowed.includes(operation));
  if (unknown.length > 0) {
    throw new HandlerOperationsInvalidError(place, `unknown operations ${unknown.join(', ')}`, allowed);
  }
}
