import type { ChangeEvent } from '@sluice/contracts';
import type { DeliveryInfo } from '../context/delivery-info.js';
import { EventContext, type HandlerCall } from '../context/event-context.js';
import { eventSpan } from '../context/event.fields.js';
import { withFields, type EventLogger } from '../context/event.logger.js';
import { BatchEventUnknownError } from './batch-event-unknown.error.js';

/** An event as it came to be part of a batch. */
export interface BatchedEvent {
  readonly event: ChangeEvent;
  readonly delivery: DeliveryInfo;
}

/** One of the event objects that the handler was called with, whatever document type it gives them. */
export interface EventOfBatch {
  readonly id: string;
}

/** What a handler has said of one of its events: it is done, or it failed of this. */
export type BatchVerdict = { readonly settled: true } | { readonly settled: false; readonly error: unknown };

/** Second argument of every batch handler, and what `@Ctx()` injects there. */
export class BatchContext {
  /** The handler's stable name: `ClassName.methodName`. */
  readonly handler: string;
  /** From 1; goes up with each call for what is left of the batch. */
  readonly attempt: number;
  readonly group: string;
  readonly partition: number;
  /** As an `EventContext`'s: hand it to what can take long. */
  readonly signal: AbortSignal;
  private ownLogger: EventLogger | undefined;
  private readonly verdicts = new Map<EventOfBatch, BatchVerdict>();
  private readonly byEvent: ReadonlyMap<EventOfBatch, BatchedEvent>;

  constructor(
    private readonly items: readonly BatchedEvent[],
    { group, partition, signal }: DeliveryInfo,
    private readonly call: HandlerCall,
    private readonly eventLogger: EventLogger,
  ) {
    this.byEvent = new Map(items.map((item) => [item.event, item]));
    this.handler = call.handler;
    this.attempt = call.attempt;
    this.group = group;
    this.partition = partition;
    this.signal = signal;
  }

  /** Logs with the handler's name, the number of events, and which is the first and which the last, in every line. */
  get logger(): EventLogger {
    this.ownLogger ??= this.madeLogger();
    return this.ownLogger;
  }

  /** The context that the event would have in a handler of single events. @throws BatchEventUnknownError */
  contextOf(event: EventOfBatch): EventContext {
    const item = this.itemOf(event);
    return new EventContext(item.event, item.delivery, this.call, this.eventLogger);
  }

  /** The event is done, whatever becomes of the others: it is not handed over again. @throws BatchEventUnknownError */
  settle(event: EventOfBatch): void {
    this.itemOf(event);
    this.verdicts.set(event, { settled: true });
  }

  /**
   * The event failed, the others did not: it is handed over again by the retry policy, and with it those later events
   * of the same document that are not settled. @throws BatchEventUnknownError
   */
  fail(event: EventOfBatch, error: unknown): void {
    this.itemOf(event);
    this.verdicts.set(event, { settled: false, error });
  }

  /** As Nest's contexts have it. A batch holds events of several patterns. */
  getPattern(): string {
    return `batch of ${this.handler}`;
  }

  /** What the handler has said of an event so far; nothing where it leaves that to how it returns. */
  verdictOn(event: EventOfBatch): BatchVerdict | undefined {
    return this.verdicts.get(event);
  }

  private madeLogger(): EventLogger {
    const span = eventSpan(this.items.map(({ event }) => event));
    return withFields(this.eventLogger, { ...span, handler: this.handler, events: this.items.length });
  }

  private itemOf(event: EventOfBatch): BatchedEvent {
    const item = this.byEvent.get(event);
    if (item === undefined) throw new BatchEventUnknownError(this.handler, event.id);
    return item;
  }
}
