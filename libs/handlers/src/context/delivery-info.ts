import type { CallGuard } from '../dispatch/call.guard.js';
import type { HandlerParking } from '../dispatch/handler.parking.js';

/** What the transport knows about the message that brought an event. */
export interface DeliveryInfo {
  /** The consumer group it was delivered to. */
  readonly group: string;
  /** The group's partition, from 0. */
  readonly partition: number;
  /** AMQP property `messageId`: the event's id. */
  readonly messageId: string;
  /** AMQP headers of the message. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** The broker may have delivered it before. Not a promise that a handler has seen it. */
  readonly redelivered: boolean;
  /** A dead letter that was sent back. */
  readonly replayed?: boolean;
  /**
   * Aborts when a shutdown, a pause or a hand-over of the partition begins: no handler is called after that, and a wait
   * before a retry ends at once. What runs goes on.
   */
  readonly stopping: AbortSignal;
  /** Aborts when nobody waits for the handlers any more: the time of the drain is over, or the channel is lost. */
  readonly signal: AbortSignal;
  /** Where the transport keeps the event if a handler fails for good; for the log. */
  readonly deadLetterQueue?: string;
  /** The one handler that is to run; default: every one that wants the event. Others have settled with it before. */
  readonly only?: string;
  /** Where events go whose handler waits too long; without it a handler waits in place, however long. */
  readonly parking?: HandlerParking;
  readonly guard?: CallGuard;
  /** Its handlers of batches get it in a batch of its own: its guard speaks for it alone. */
  readonly alone?: boolean;
}
