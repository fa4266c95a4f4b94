import { operationSchema, type EventOf, type Operation } from '@sluice/contracts';
import type { HandlerDecorator } from './handler.method.js';
import type { HandlerOptions } from './handler.options.js';
import { handlerDecorator } from './on-operation.decorator.js';

export interface OnChangeOptions<O extends Operation> extends HandlerOptions {
  /** Default: every operation, control operations (`drop`, `gap`, …) included. */
  readonly operations?: readonly O[];
  /** `shop.orders`, `shop.*` or `*`. */
  readonly namespace: string;
}

/** Handles several operations in one method, whose parameter is the union of their events. */
export function OnChange<const O extends Operation = Operation>(
  options: OnChangeOptions<O>,
): HandlerDecorator<EventOf<O, never>> {
  const { operations = operationSchema.options, namespace } = options;
  return handlerDecorator('@OnChange', operations, namespace, options);
}
