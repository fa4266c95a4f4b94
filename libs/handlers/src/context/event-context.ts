import { patternOf, type ChangeEvent, type Position } from '@sluice/contracts';
import type { ClientSession } from 'mongodb';
import { SessionMissingError } from '../inbox/session-missing.error.js';
import type { DeliveryInfo } from './delivery-info.js';
import { eventIdentity } from './event.fields.js';
import { withFields, type EventLogger } from './event.logger.js';
import { traceContextOf, type TraceContext } from './trace-context.js';

/** What a delivery says to those who call handlers, and not to the handlers. */
type ForTheCaller = 'stopping' | 'deadLetterQueue' | 'only' | 'parking' | 'guard';

/** Which call of which handler a context is made for. */
export interface HandlerCall {
  readonly handler: string;
  /** From 1; goes up with each retry in place. */
  readonly attempt: number;
}

/**
 * Second argument of every handler, and what `@Ctx()` injects: where the event came from and how to behave. One is made
 * for every call, so what takes time to make and few handlers ask for is made when it is asked for.
 */
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
  /** A dead letter that was sent back. */
  readonly replayed: boolean;
  /**
   * Hand it to what can take long (`fetch`, drivers). At a shutdown it aborts when the time for running handlers is
   * over, not when the shutdown begins; after an abort the event will be delivered again.
   */
  readonly signal: AbortSignal;
  private readTrace: { readonly found: TraceContext | undefined } | undefined;
  private ownLogger: EventLogger | undefined;

  constructor(
    private readonly event: ChangeEvent,
    private readonly delivery: DeliveryInfo,
    private readonly call: HandlerCall,
    private readonly eventLogger: EventLogger,
    private readonly transactionSession?: ClientSession,
  ) {
    this.stream = event.stream;
    this.position = event.position;
    this.handler = call.handler;
    this.attempt = call.attempt;
    this.group = delivery.group;
    this.partition = delivery.partition;
    this.messageId = delivery.messageId;
    this.headers = delivery.headers;
    this.redelivered = delivery.redelivered;
    this.replayed = delivery.replayed ?? false;
    this.signal = delivery.signal;
  }

  /** From the header `traceparent`; `undefined` where the message belongs to no trace. */
  get trace(): TraceContext | undefined {
    this.readTrace ??= { found: traceContextOf(this.headers) };
    return this.readTrace.found;
  }

  /** Logs with the event's id, stream and position, the handler's name and the trace's id in every line. */
  get logger(): EventLogger {
    this.ownLogger ??= this.madeLogger();
    return this.ownLogger;
  }

  /**
   * The transaction of a handler with `once`: pass it to every write that is to happen with the event, or not at all.
   * @throws SessionMissingError in a handler without `once`
   */
  get session(): ClientSession {
    if (this.transactionSession === undefined) throw new SessionMissingError(this.handler);
    return this.transactionSession;
  }

  /** The same context with the session of a transaction. */
  inTransaction(session: ClientSession): EventContext {
    return new EventContext(this.event, this.delivery, this.call, this.eventLogger, session);
  }

  /** `insert.shop.orders`: as Nest's own `RmqContext` has it, so that code written for that one works here. */
  getPattern(): string {
    return patternOf(this.event);
  }

  private madeLogger(): EventLogger {
    const trace = this.trace === undefined ? {} : { traceId: this.trace.traceId };
    return withFields(this.eventLogger, { ...eventIdentity(this.event), handler: this.handler, ...trace });
  }
}
