import type { EventContext } from '../context/event-context.js';

/**
 * A method that can take events of type `E`. The decorators give `E` a document of type `never`, which fits every
 * document type, so that a handler may name its own: `handle(event: InsertEvent<Order>, context: EventContext)`.
 * Parameters after the second are for Nest's and your own parameter decorators.
 */
export type HandlerMethod<E> = (event: E, context: EventContext, ...decorated: never[]) => unknown;

/** Decorates only methods whose first parameter can take `E`; anything else is refused by the compiler. */
export type HandlerDecorator<E> = <M extends HandlerMethod<E>>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;
