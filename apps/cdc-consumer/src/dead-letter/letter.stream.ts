import { setTimeout as sleep } from 'node:timers/promises';
import { channelClosed, closeReason } from '@sluice/messaging';
import type { Channel, Message } from 'amqplib';

/** The broker counts what is ready a moment late: letters that it counted and does not bring are not waited for. */
const SILENT_MS = 3_000;

/**
 * The first letters of a queue, in its order, on a channel that acknowledges none of them by itself. Consumed, and not
 * got one by one: `basic.get` is ten times slower, and what it has held goes back to a quorum queue in another order.
 */
export class LetterStream {
  private readonly arrived: Message[] = [];
  private isOver = false;
  private wake: () => void = () => undefined;

  private constructor(private readonly channel: Channel) {
    channel.once('close', () => this.end());
  }

  static async open(channel: Channel, queue: string, count: number): Promise<LetterStream> {
    const stream = new LetterStream(channel);
    await channel.prefetch(count);
    await channel.consume(queue, (message) => (message === null ? stream.end() : stream.add(message)));
    return stream;
  }

  /** Nothing where no more come. @throws PublishError when the channel is lost: what it held is back in the queue */
  async next(): Promise<Message | undefined> {
    if (this.arrived.length === 0 && !this.isOver) await this.news();
    if (this.isOver) throw channelClosed(closeReason(this.channel));
    return this.arrived.shift();
  }

  private add(message: Message): void {
    this.arrived.push(message);
    this.wake();
  }

  private end(): void {
    this.isOver = true;
    this.arrived.length = 0; // they are with the broker again
    this.wake();
  }

  private async news(): Promise<void> {
    const over = new AbortController();
    const limit = sleep(SILENT_MS, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), limit]);
    over.abort();
  }
}
