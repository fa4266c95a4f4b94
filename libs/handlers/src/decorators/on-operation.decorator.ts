import type { DeleteEvent, GapEvent, Operation } from '@sluice/contracts';
import { DocumentSchemaInvalidError } from '../document/document-schema-invalid.error.js';
import type { HandledEvent } from '../document/document.type.js';
import { isStandardSchema, type StandardSchema } from '../document/standard-schema.js';
import { onceOptions } from '../inbox/once.options.js';
import { DEFAULT_RETRY_POLICY, retryPolicy } from '../retry/retry.policy.js';
import { assertHandlerNamespace } from '../subscription/handler-namespace.js';
import { assertOperations, namespaceSubscription } from '../subscription/subscription.js';
import { placeOf, subscribe } from './handler.metadata.js';
import type { HandlerDecorator } from './handler.method.js';
import type { DocumentHandlerOptions, HandlerOptions } from './handler.options.js';

/** Handles documents inserted into `namespace` (`shop.orders`, `shop.*` or `*`). */
export function OnInsert<const S extends StandardSchema | undefined = undefined>(
  namespace: string,
  options: DocumentHandlerOptions<S> = {},
): HandlerDecorator<HandledEvent<'insert', S>> {
  return handlerDecorator('@OnInsert', ['insert'], namespace, options);
}

/** Handles updates of single fields; `updateDescription` says which. */
export function OnUpdate<const S extends StandardSchema | undefined = undefined>(
  namespace: string,
  options: DocumentHandlerOptions<S> = {},
): HandlerDecorator<HandledEvent<'update', S>> {
  return handlerDecorator('@OnUpdate', ['update'], namespace, options);
}

/** Handles documents replaced whole. */
export function OnReplace<const S extends StandardSchema | undefined = undefined>(
  namespace: string,
  options: DocumentHandlerOptions<S> = {},
): HandlerDecorator<HandledEvent<'replace', S>> {
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
  { retry = {}, document, once }: DocumentHandlerOptions<StandardSchema | undefined>,
): HandlerDecorator<E> {
  return (target, method, descriptor) => {
    const place = placeOf(name, target, method);
    assertHandlerNamespace(place, namespace);
    assertOperations(place, operations);
    retryPolicy(DEFAULT_RETRY_POLICY, retry, place);
    if (document !== undefined && !isStandardSchema(document)) throw new DocumentSchemaInvalidError(place);
    subscribe(
      place,
      target,
      descriptor.value,
      namespaceSubscription(operations, namespace, { retry, document, once: onceOptions(once) }),
    );
  };
}
