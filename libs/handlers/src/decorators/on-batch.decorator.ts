import { DOCUMENT_OPERATIONS, type DocumentOperation } from '@sluice/contracts';
import type { BatchContext } from '../batch/batch-context.js';
import { batchLimits, type BatchLimits } from '../batch/batch.limits.js';
import { DocumentSchemaInvalidError } from '../document/document-schema-invalid.error.js';
import type { HandledEvent } from '../document/document.type.js';
import { isStandardSchema, type StandardSchema } from '../document/standard-schema.js';
import { DEFAULT_RETRY_POLICY, retryPolicy } from '../retry/retry.policy.js';
import { assertHandlerNamespace } from '../subscription/handler-namespace.js';
import { assertOperations, namespaceSubscription } from '../subscription/subscription.js';
import { placeOf, subscribe } from './handler.metadata.js';
import type { DocumentHandlerOptions } from './handler.options.js';

export interface OnBatchOptions<O extends BatchOperation, S extends StandardSchema | undefined = undefined>
  extends Omit<DocumentHandlerOptions<S>, 'once'>, Partial<BatchLimits> {
  /** Default: every change of a document. Control operations are handed over one by one, when all before them is done. */
  readonly operations?: readonly O[];
}

/** Operations that come in batches: those that concern one document. */
export type BatchOperation = DocumentOperation | 'read';

/** A method that can take several events of type `E` at once. */
export type BatchHandlerMethod<E> = (events: readonly E[], context: BatchContext, ...decorated: never[]) => unknown;

/** Decorates only methods whose first parameter can take an array of `E`. */
export type BatchHandlerDecorator<E> = <M extends BatchHandlerMethod<E>>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/**
 * Hands a method many events of `namespace` (`shop.orders`, `shop.*` or `*`) at once, in the order of each document:
 * what one call to another system can take together. Each partition has its batches, one at a time. What the method
 * does not settle or fail by its `BatchContext` is settled when it returns, and failed when it throws.
 */
export function OnBatch<
  const O extends BatchOperation = DocumentOperation,
  const S extends StandardSchema | undefined = undefined,
>(namespace: string, options: OnBatchOptions<O, S> = {}): BatchHandlerDecorator<HandledEvent<O, S>> {
  const { operations = DOCUMENT_OPERATIONS, retry = {}, document, ...limits } = options;
  return (target, method, descriptor) => {
    const place = placeOf('@OnBatch', target, method);
    assertHandlerNamespace(place, namespace);
    assertOperations(place, operations, [...DOCUMENT_OPERATIONS, 'read']);
    retryPolicy(DEFAULT_RETRY_POLICY, retry, place);
    const batch = batchLimits(limits, place);
    if (document !== undefined && !isStandardSchema(document)) throw new DocumentSchemaInvalidError(place);
    const subscription = namespaceSubscription(operations, namespace, { retry, document });
    subscribe(place, target, descriptor.value, { ...subscription, batch });
  };
}
