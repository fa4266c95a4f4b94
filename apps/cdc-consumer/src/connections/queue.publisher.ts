import { Injectable } from '@nestjs/common';
import { closeChannel, EmitChannel } from '@sluice/messaging';
import type { Options } from 'amqplib';
import { PublishConnection } from './rabbit.connections.js';

/** A message for one queue of the group. */
export interface QueueMessage {
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** Puts single messages into queues of the group, by no exchange. Seldom used: each has a channel of its own. */
@Injectable()
export class QueuePublisher {
  constructor(private readonly connection: PublishConnection) {}

  /** Resolves when the queue has it. @throws PublishError */
  async send(queue: string, { body, properties }: QueueMessage): Promise<void> {
    const channel = await this.connection.openConfirmChannel();
    try {
      const options = { ...properties, persistent: true, mandatory: true };
      await new EmitChannel(channel, () => undefined).publish({
        exchange: '',
        routingKey: queue,
        body,
        properties: options,
      });
    } finally {
      await closeChannel(channel);
    }
  }
}
