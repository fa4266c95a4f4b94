import type { ConfirmChannel } from 'amqplib';
import { ConfirmSession } from './confirm.session.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { channelClosed, refused, unroutable } from './publish.error.js';

interface Waiting {
  returned: boolean;
  readonly settle: (error: Error | undefined) => void;
}

/** One channel on which each message is awaited by itself. */
export class EmitChannel {
  private readonly waiting = new Map<number, Waiting>();
  private readonly byMessageId = new Map<string, Waiting>();
  private readonly session: ConfirmSession;

  constructor(channel: ConfirmChannel, onClosed: () => void) {
    this.session = new ConfirmSession(channel, {
      settled: (tag, multiple, ok) => this.settled(tag, multiple, ok),
      returned: (messageId) => {
        const waiting = this.byMessageId.get(messageId);
        if (waiting !== undefined) waiting.returned = true;
      },
      closed: (reason) => {
        onClosed();
        for (const { settle } of this.waiting.values()) settle(channelClosed(reason));
        this.waiting.clear();
      },
    });
  }

  publish(message: OutgoingMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const messageId = String(message.properties.messageId);
      const waiting: Waiting = {
        returned: false,
        settle: (error) => {
          this.byMessageId.delete(messageId);
          if (error !== undefined) reject(error);
          else if (waiting.returned) reject(unroutable(message.exchange, message.routingKey));
          else resolve();
        },
      };
      this.byMessageId.set(messageId, waiting);
      this.waiting.set(this.session.send(message), waiting);
    });
  }

  private settled(tag: number, multiple: boolean, ok: boolean): void {
    const tags = multiple ? [...this.waiting.keys()].filter((key) => key <= tag) : [tag];
    for (const key of tags) {
      const waiting = this.waiting.get(key);
      this.waiting.delete(key);
      waiting?.settle(ok ? undefined : refused());
    }
  }
}
