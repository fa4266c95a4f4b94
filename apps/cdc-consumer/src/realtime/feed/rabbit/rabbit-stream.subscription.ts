import { closeChannel, closeReason } from '@sluice/messaging';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { StreamMessage } from '../stream-message.js';
import { streamMessageOf } from '../stream-message.mapper.js';
import type { StreamPlace, StreamSubscription } from '../stream.queue.js';

/** Messages on their way to us: enough that a reader does not wait for each, few enough for large ones. */
const PREFETCH = 200;
/** Each acknowledgement makes the broker look into the log: one a message halved what came through. */
const ACKNOWLEDGED_AT_ONCE = PREFETCH / 2;

/** One channel that consumes a stream queue. https://www.rabbitmq.com/docs/streams#consuming */
export class RabbitStreamSubscription implements StreamSubscription {
  private arrived: ConsumeMessage[] = [];
  private handedOut: ConsumeMessage | undefined;
  /** Messages that are settled, and not acknowledged yet. */
  private unacknowledged = 0;
  private isOpen = true;
  private wake: () => void = () => undefined;

  private constructor(private readonly channel: Channel) {
    channel.once('close', () => this.end());
  }

  static async open(channel: Channel, queue: string, from: StreamPlace): Promise<RabbitStreamSubscription> {
    const subscription = new RabbitStreamSubscription(channel);
    try {
      await channel.prefetch(PREFETCH); // a stream queue wants one
      await channel.consume(queue, (message) => subscription.receive(message), {
        arguments: { 'x-stream-offset': offsetOf(from) },
      });
      return subscription;
    } catch (error) {
      await subscription.close();
      throw closeReason(channel) ?? error;
    }
  }

  async read(): Promise<readonly StreamMessage[] | undefined> {
    this.settle();
    while (this.isOpen && this.arrived.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    const reason = closeReason(this.channel);
    if (!this.isOpen && reason !== undefined) throw reason;
    if (!this.isOpen) return undefined;
    const messages = this.arrived;
    this.arrived = [];
    this.handedOut = messages.at(-1);
    this.unacknowledged += messages.length;
    return messages.map(streamMessageOf);
  }

  async close(): Promise<void> {
    this.end();
    await closeChannel(this.channel);
  }

  private receive(message: ConsumeMessage | null): void {
    if (message === null) return void this.close(); // the broker took the queue from us
    this.arrived.push(message);
    this.wake();
  }

  /** Of a stream queue an acknowledgement is credit: it asks for as many more. */
  private settle(): void {
    if (this.handedOut === undefined || this.unacknowledged < ACKNOWLEDGED_AT_ONCE || !this.isOpen) return;
    this.channel.ack(this.handedOut, true);
    this.unacknowledged = 0;
  }

  private end(): void {
    this.isOpen = false;
    this.wake();
  }
}

/** As the consumer argument wants it: a number is an offset, whatever its width. */
function offsetOf(from: StreamPlace): unknown {
  if (typeof from === 'string') return from;
  if ('offset' in from) return from.offset;
  return { '!': 'timestamp', value: Math.floor(from.time.getTime() / 1_000) };
}
