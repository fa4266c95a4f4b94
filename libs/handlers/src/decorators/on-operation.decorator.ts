import type { DeleteEvent, GapEvent, InsertEvent, Operation, ReplaceEvent, UpdateEvent } from '@sluice/contracts';
import { DEFAULT_RETRY_POLICY, retryPolicy } from '../retry/retry.policy.js';
import { assertHandlerNamespace } from '../subscription/handler-namespace.js';
import { assertOperations, namespaceSubscription } from '../subscription/subscription.js';
import { placeOf, subscribe } from './handler.metadata.js';
import type { HandlerDecorator } from './handler.method.js';
import type { HandlerOptions } from './handler.options.js';

/** Handles documents inserted into `namespace` (`shop.orders`, `shop.*` or `*`). */
export function OnInsert(namespace: string, options: HandlerOptions = {}): HandlerDecorator<InsertEvent<never>> {
  return handlerDecorator('@OnInsert', ['insert'], namespace, options);
}

/** Handles updates of single fields; `updateDescription` says which. */
export function OnUpdate(namespace: string, options: HandlerOptions = {}): HandlerDecorator<UpdateEvent<never>> {
  return handlerDecorator('@OnUpdate', ['update'], namespace, options);
}

/** Handles documents replaced whole. */
export function OnReplace(namespace: string, options: HandlerOptions = {}): HandlerDecorator<ReplaceEvent<never>> {
  return handlerDecorator('@OnReplace', ['replace'], namespace, options);
}

/** Handles deletes; of the document only `documentKey` is known, unless the stream asks for pre-images. */
export function OnDelete(namespace: string, options: HandlerOptions = {}): HandlerDecorator<DeleteEvent<never>> {
  return handlerDecorator('@OnDelete', ['delete'], namespace, options);
}

/**
 * Handles gaps: changes between two points in time that are known to be lost to the stream. Who keeps a copy of the
 * data has to bring it up to date by other means.
 */
export function OnGap(options: HandlerOptions = {}): HandlerDecorator<GapEvent> {
  return handlerDecorator('@OnGap', ['gap'], '*', options);
}

/** A decorator whose faults show while the class is being defined, not when the first event is missed. */
export function handlerDecorator<E>(
  name: string,
  operations: readonly Operation[],
  namespace: string,
  { retry = {} }: HandlerOptions,
): HandlerDecorator<E> {
  return (target, method, descriptor) => {
    const place = placeOf(name, target, method);
    assertHandlerNamespace(place, namespace);
    assertOperations(place, operations);
    retryPolicy(DEFAULT_RETRY_POLICY, retry, place);
    subscribe(place, target, descriptor.value, namespaceSubscription(operations, namespace, retry));
  };
}
