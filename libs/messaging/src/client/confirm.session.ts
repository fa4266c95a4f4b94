import type { ConfirmChannel, Message } from 'amqplib';
import { closeChannel, closeReason } from '../connection/channel.close.js';
import { outletOf } from './channel.internals.js';
import { FrameBuffer } from './frame.buffer.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { isPlain } from './plain-message.policy.js';
import { channelClosed } from './publish.error.js';
import { PublishFrames } from './publish.frames.js';

/** What a session tells its owner, in the order in which the broker says it. */
export interface SessionListener {
  /** `tag`, or with `multiple` every unsettled tag up to it, is confirmed (`ok`) or refused. */
  settled(tag: number, multiple: boolean, ok: boolean): void;
  /** The broker gave a message back; its confirm follows and is not to be believed. */
  returned(messageId: string, routingKey: string): void;
  /** The socket has taken enough of what made `isBackedUp` true. */
  drained?(): void;
  /** The channel is gone; what is not settled may or may not have arrived. */
  closed(reason: Error | undefined): void;
}

interface Confirm {
  readonly deliveryTag: number;
  readonly multiple: boolean;
}

/**
 * One confirm channel, from its opening to its close. Tags count its messages from 1. Confirms are taken as the ranges
 * that the broker sends, so that a thousand confirmed messages cost one call and no promise. Messages that are sent one
 * behind the other, with nothing awaited in between, go to the socket together.
 */
export class ConfirmSession {
  private readonly buffer: FrameBuffer;
  private readonly frames: PublishFrames;
  private lastTag = 0;
  private open = true;
  private backedUp = false;
  private isFlushing = false;

  constructor(
    private readonly channel: ConfirmChannel,
    listener: SessionListener,
  ) {
    const outlet = outletOf(channel);
    this.buffer = new FrameBuffer((piece) => (this.backedUp = !outlet.write(piece)));
    this.frames = new PublishFrames(this.buffer, outlet.channel, outlet.maxFrameBytes);
    channel.on('ack', ({ deliveryTag, multiple }: Confirm) => listener.settled(deliveryTag, multiple, true));
    channel.on('nack', ({ deliveryTag, multiple }: Confirm) => listener.settled(deliveryTag, multiple, false));
    channel.on('return', ({ properties, fields }: Message) =>
      listener.returned(String(properties.messageId), fields.routingKey),
    );
    channel.on('drain', () => {
      this.backedUp = false;
      listener.drained?.();
    });
    channel.once('close', () => {
      this.open = false;
      listener.closed(closeReason(channel));
    });
  }

  get isOpen(): boolean {
    return this.open;
  }

  /**
   * What was sent waits for the socket, as much of it as the channel's buffer is to hold. More would be taken all the
   * same, and be in memory twice: here, and with whoever may have to send it again.
   */
  get isBackedUp(): boolean {
    return this.backedUp;
  }

  /** Sends and answers the message's tag. @throws PublishError where the channel has closed */
  send(message: OutgoingMessage): number {
    if (!this.open) throw channelClosed(closeReason(this.channel));
    if (isPlain(message)) this.frames.add(message);
    else this.sendByAmqplib(message);
    this.flushSoon();
    this.lastTag += 1;
    return this.lastTag;
  }

  async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    this.buffer.flush();
    await closeChannel(this.channel);
  }

  /** For properties that are none of ours: those of a foreign dead letter, say. */
  private sendByAmqplib({ exchange, routingKey, body, properties }: OutgoingMessage): void {
    this.buffer.flush();
    this.channel.publish(exchange, routingKey, body, properties);
  }

  private flushSoon(): void {
    if (this.isFlushing) return;
    this.isFlushing = true;
    queueMicrotask(() => {
      this.isFlushing = false;
      this.buffer.flush();
    });
  }
}
