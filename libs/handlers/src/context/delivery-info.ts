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
  /** Aborts when this delivery is to be given back: shutdown, hand-over of the partition, lost channel. */
  readonly signal: AbortSignal;
}
