import { channelClosed, closeReason, refused, unroutable, type OutgoingMessage } from '@sluice/messaging';
import type { ConfirmChannel, Message } from 'amqplib';

/** Names a message on its channel. Stays with it, and means nothing to anybody else. */
const HEADER_PUBLISH_ID = 'x-sluice-publish-id';

/**
 * A confirm channel for single messages. Told apart by a header, and not by the message's own id: that is a foreign
 * one, may be missing, and is the same where one event fails in two handlers.
 */
export class ConfirmedChannel {
  private readonly returned = new Set<string>();
  private open = true;

  constructor(
    private readonly channel: ConfirmChannel,
    onClosed: () => void,
  ) {
    // The broker sends a return before the confirm of the same message.
    channel.on('return', ({ properties }: Message) =>
      this.returned.add(String(properties.headers?.[HEADER_PUBLISH_ID])),
    );
    // Before amqplib's own listener, which settles the open confirms: they must see that the channel is closed.
    channel.prependOnceListener('close', () => {
      this.open = false;
      onClosed();
    });
  }

  /** Resolves when a queue has the message. `id` is not used twice. @throws PublishError */
  publish(id: string, { exchange, routingKey, body, properties }: OutgoingMessage): Promise<void> {
    const headers = { ...(properties.headers as object | undefined), [HEADER_PUBLISH_ID]: id };
    return new Promise((resolve, reject) => {
      const confirmed = (error: unknown) => {
        const returned = this.returned.delete(id);
        if (!error && !returned) resolve();
        else if (returned) reject(unroutable(exchange, routingKey));
        else reject(this.open ? refused() : channelClosed(closeReason(this.channel)));
      };
      this.channel.publish(exchange, routingKey, body, { ...properties, headers, mandatory: true }, confirmed);
    });
  }
}
