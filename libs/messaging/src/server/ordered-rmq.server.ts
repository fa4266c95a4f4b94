import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { RabbitConnection } from '../connection/rabbit.connection.js';
import { eventPatternHandler, type EventPatternHandler } from './event-pattern.handler.js';
import { OrderedConsumer, type ConsumingState, type OrderedConsumerOptions } from './ordered.consumer.js';

/** Marks the handlers of this transport, for `@EventPattern(pattern, SLUICE_TRANSPORT)` beside other transports. */
export const SLUICE_TRANSPORT = Symbol('sluice');

/**
 * Nest's transport strategy for ordered consumption. Nest finds the `@EventPattern` methods and gives them here; what a
 * delivery means, and which handlers it goes to, is the `DeliveryTasks`' business.
 */
export class OrderedRmqServer extends Server implements CustomTransportStrategy {
  override readonly transportId = SLUICE_TRANSPORT;
  /** Else Nest logs a handler's failure and answers as if it had succeeded. */
  override readonly propagatesEventHandlerErrors = true;
  readonly consumer: OrderedConsumer;
  private readonly connection: RabbitConnection;
  private readonly found: EventPatternHandler[] = [];

  constructor(options: OrderedConsumerOptions) {
    super();
    this.connection = options.connection;
    this.consumer = new OrderedConsumer(options);
  }

  /** What Nest found under `@EventPattern`; each method on its own. */
  get eventPatternHandlers(): readonly EventPatternHandler[] {
    return this.found;
  }

  get state(): ConsumingState {
    return this.consumer.state;
  }

  /** Since when `state` is what it is. */
  get since(): Date {
    return this.consumer.since;
  }

  /** Not chained as the base class does it, see `eventPatternHandler`. Request handlers have nobody to answer. */
  override addHandler(pattern: unknown, handler: MessageHandler, isEventHandler = false): void {
    const route = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
    if (!isEventHandler) {
      this.logger.warn(`@MessagePattern ${route} is never called: change events are not requests; use @EventPattern`);
      return;
    }
    this.found.push(eventPatternHandler(route, handler));
  }

  /** Returns at once: with the broker away the app comes up all the same, and consumes when it is there. */
  listen(callback: (error?: unknown) => void): void {
    this.connection.start();
    this.consumer.start();
    callback();
  }

  /** Drains. The connection stays open for whoever closes it. */
  async close(): Promise<void> {
    await this.consumer.stop();
  }

  override on(): never {
    throw new Error('OrderedRmqServer has no events of its own; listen to its RabbitConnection');
  }

  override unwrap<T>(): T {
    return this.connection as T; // the caller names the type, as Nest's interface has it
  }
}
