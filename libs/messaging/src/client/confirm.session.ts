import type { ConfirmChannel, Message } from 'amqplib';
import { closeChannel, closeReason } from '../connection/channel.close.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** What a session tells its owner, in the order in which the broker says it. */
export interface SessionListener {
  /** `tag`, or with `multiple` every unsettled tag up to it, is confirmed (`ok`) or refused. */
  settled(tag: number, multiple: boolean, ok: boolean): void;
  /** The broker gave a message back; its confirm follows and is not to be believed. */
  returned(messageId: string, routingKey: string): void;
  /** The channel is gone; what is not settled may or may not have arrived. */
  closed(reason: Error | undefined): void;
}

interface Confirm {
  readonly deliveryTag: number;
  readonly multiple: boolean;
}

/**
 * One confirm channel, from its opening to its close. Tags count its messages from 1. Confirms are taken as the ranges
 * that the broker sends, so that a thousand confirmed messages cost one call and no promise.
 */
export class ConfirmSession {
  private lastTag = 0;
  private open = true;

  constructor(
    private readonly channel: ConfirmChannel,
    listener: SessionListener,
  ) {
    channel.on('ack', ({ deliveryTag, multiple }: Confirm) => listener.settled(deliveryTag, multiple, true));
    channel.on('nack', ({ deliveryTag, multiple }: Confirm) => listener.settled(deliveryTag, multiple, false));
    channel.on('return', ({ properties, fields }: Message) =>
      listener.returned(String(properties.messageId), fields.routingKey),
    );
    channel.once('close', () => {
      this.open = false;
      listener.closed(closeReason(channel));
    });
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Sends and answers the message's tag. @throws IllegalOperationError of amqplib when the channel has closed. */
  send({ exchange, routingKey, body, properties }: OutgoingMessage): number {
    this.channel.publish(exchange, routingKey, body, properties);
    this.lastTag += 1;
    return this.lastTag;
  }

  async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    await closeChannel(this.channel);
  }
}
