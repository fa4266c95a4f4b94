import { DEAD_LETTER_HEADERS } from '@sluice/contracts';
import { channelClosed, closeReason, refused, unroutable, type OutgoingMessage } from '@sluice/messaging';
import type { ConfirmChannel, Message } from 'amqplib';

/**
 * A confirm channel for dead letters. Told apart by the id in their headers, and not by the message's own id: that is
 * a foreign one, may be missing, and is the same where one event fails in two handlers.
 */
export class DeadLetterChannel {
  private readonly returned = new Set<string>();
  private open = true;

  constructor(
    private readonly channel: ConfirmChannel,
    onClosed: () => void,
  ) {
    // The broker sends a return before the confirm of the same message.
    channel.on('return', ({ properties }: Message) =>
      this.returned.add(String(properties.headers?.[DEAD_LETTER_HEADERS.id])),
    );
    // Before amqplib's own listener, which settles the open confirms: they must see that the channel is closed.
    channel.prependOnceListener('close', () => {
      this.open = false;
      onClosed();
    });
  }

  /** Resolves when a queue has the message. @throws PublishError */
  publish(id: string, { exchange, routingKey, body, properties }: OutgoingMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.channel.publish(exchange, routingKey, body, properties, (error: unknown) => {
        const returned = this.returned.delete(id);
        if (!error && !returned) resolve();
        else if (returned) reject(unroutable(exchange, routingKey));
        else reject(this.open ? refused() : channelClosed(closeReason(this.channel)));
      });
    });
  }
}
