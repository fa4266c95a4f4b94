import { patternOf, type ChangeEvent, type Position } from '@sluice/contracts';
import type { DeliveryInfo } from './delivery-info.js';
import { withFields, type EventLogger } from './event.logger.js';

/** What a delivery says to those who call handlers, and not to the handlers. */
type ForTheCaller = 'stopping' | 'deadLetterQueue' | 'only' | 'parking' | 'guard';

/** Which call of which handler a context is made for. */
export interface HandlerCall {
  readonly handler: string;
  /** From 1; goes up with each retry in place. */
  readonly attempt: number;
}

/** Second argument of every handler, and what `@Ctx()` injects: where the event came from and how to behave. */
export class EventContext implements Omit<DeliveryInfo, ForTheCaller> {
  readonly stream: string;
  readonly position: Position;
  /** The handler's stable name: `ClassName.methodName`. */
  readonly handler: string;
  /** From 1; goes up with each retry in place. */
  readonly attempt: number;
  readonly group: string;
  readonly partition: number;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  /**
   * Hand it to what can take long (`fetch`, drivers). At a shutdown it aborts when the time for running handlers is
   * over, not when the shutdown begins; after an abort the event will be delivered again.
   */
  readonly signal: AbortSignal;
  /** Logs with the event's id and the handler's name in every line. */
  readonly logger: EventLogger;
  private readonly pattern: string;

  constructor(event: ChangeEvent, delivery: DeliveryInfo, call: HandlerCall, logger: EventLogger) {
    this.stream = event.stream;
    this.position = event.position;
    this.pattern = patternOf(event);
    this.handler = call.handler;
    this.attempt = call.attempt;
    this.group = delivery.group;
    this.partition = delivery.partition;
    this.messageId = delivery.messageId;
    this.headers = delivery.headers;
    this.redelivered = delivery.redelivered;
    this.signal = delivery.signal;
    this.logger = withFields(logger, { eventId: event.id, handler: call.handler });
  }

  /** `insert.shop.orders`: as Nest's own `RmqContext` has it, so that code written for that one works here. */
  getPattern(): string {
    return this.pattern;
  }
}
