import { operationSchema, type Operation } from '@sluice/contracts';
import type { HandledEvent } from '../document/document.type.js';
import type { StandardSchema } from '../document/standard-schema.js';
import type { HandlerDecorator } from './handler.method.js';
import type { DocumentHandlerOptions } from './handler.options.js';
import { handlerDecorator } from './on-operation.decorator.js';

export interface OnChangeOptions<
  O extends Operation,
  S extends StandardSchema | undefined = undefined,
> extends DocumentHandlerOptions<S> {
  /** Default: every operation, control operations (`drop`, `gap`, …) included. */
  readonly operations?: readonly O[];
  /** `shop.orders`, `shop.*` or `*`. */
  readonly namespace: string;
}

/** Handles several operations in one method, whose parameter is the union of their events. */
export function OnChange<const O extends Operation = Operation, const S extends StandardSchema | undefined = undefined>(
  options: OnChangeOptions<O, S>,
): HandlerDecorator<HandledEvent<O, S>> {
  const { operations = operationSchema.options, namespace } = options;
  return handlerDecorator('@OnChange', operations, namespace, options);
}
