import { randomUUID } from 'node:crypto';
import type { OutgoingMessage, RabbitConnection } from '@sluice/messaging';
import { ConfirmedChannel } from './confirmed.channel.js';

/** Publishes single messages, each with its confirm, on one channel that is opened again when it is lost. */
export class ConfirmedPublisher {
  private channel: Promise<ConfirmedChannel> | undefined;

  constructor(private readonly connection: RabbitConnection) {}

  /** Resolves when a queue has the message; waits for the connection. @throws PublishError */
  async publish(message: OutgoingMessage, signal: AbortSignal): Promise<void> {
    await this.connection.whenConnected(signal);
    this.channel ??= this.open();
    const channel = await this.channel;
    await channel.publish(randomUUID(), message);
  }

  /** A lost one is forgotten, and the next message opens another. */
  private async open(): Promise<ConfirmedChannel> {
    const forget = () => (this.channel = undefined);
    try {
      return new ConfirmedChannel(await this.connection.openConfirmChannel(), forget);
    } catch (error) {
      forget();
      throw error;
    }
  }
}
