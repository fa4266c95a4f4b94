import type { MessageProperties } from 'amqplib';

/** A message as the broker handed it to us. */
export interface Delivery {
  readonly queue: string;
  /** Index of the queue among the group's partitions. */
  readonly partition: number;
  readonly body: Buffer;
  readonly properties: MessageProperties;
  readonly exchange: string;
  readonly routingKey: string;
  /** The broker has handed it out before; it may or may not have been handled. */
  readonly redelivered: boolean;
}

/** `settled`: may be acknowledged. `left`: stays with the broker and comes again, because we are stopping. */
export type DeliveryOutcome = 'settled' | 'left';

/** What is to be done for one delivery, and which lane it belongs to. */
export interface DeliveryTask {
  /** Tasks with the same lane run one after another. */
  readonly lane: string;
  /**
   * Ends when everything for the delivery is done. `signal` fires when its channel is stopping or lost: nothing new
   * should be begun for it then. A rejection is a defect: the channel is opened again, so that nothing is lost.
   */
  run(signal: AbortSignal): Promise<DeliveryOutcome>;
}

/** Where the ordered server takes its deliveries: reads a message, and says what is to be done. Must not throw. */
export interface DeliveryTasks {
  taskOf(delivery: Delivery): DeliveryTask;
}
