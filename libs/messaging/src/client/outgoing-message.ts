import type { Options } from 'amqplib';

/** A message on its way to an exchange. Which queues take it is the broker's business. */
export interface OutgoingMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
}
