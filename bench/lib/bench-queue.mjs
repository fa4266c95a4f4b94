import { connect } from 'amqplib';
import { pause } from './pause.mjs';

const POLL_MS = 10;

/** A quorum queue that one contender fills or empties, and the broker's own count of it. */
export class BenchQueue {
  constructor(connection, channel, name) {
    this.connection = connection;
    this.channel = channel;
    this.name = name;
  }

  static async declare(uri, name) {
    const connection = await connect(uri);
    const channel = await connection.createChannel();
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    return new BenchQueue(connection, channel, name);
  }

  /** Takes everything that comes through an exchange. */
  async bindTo(exchange) {
    await this.channel.assertExchange(exchange, 'topic', { durable: true });
    await this.channel.bindQueue(this.name, exchange, '#');
  }

  async depth() {
    return (await this.channel.checkQueue(this.name)).messageCount;
  }

  /** Waits until the depth fits, looking 100 times a second; rejects when nothing has moved for `stuckMs`. */
  async until(fits, { signal, stuckMs = 60_000, onDepth = () => undefined }) {
    let last = -1;
    let movedAt = performance.now();
    for (;;) {
      signal.throwIfAborted();
      const depth = await this.depth();
      onDepth(depth);
      if (fits(depth)) return depth;
      if (depth !== last) movedAt = performance.now();
      else if (performance.now() - movedAt > stuckMs) throw new Error(`${this.name} stands at ${depth} messages.`);
      last = depth;
      await pause(POLL_MS, signal);
    }
  }

  async delete(exchange) {
    await this.channel.deleteQueue(this.name);
    if (exchange !== undefined) await this.channel.deleteExchange(exchange);
    await this.connection.close();
  }
}
