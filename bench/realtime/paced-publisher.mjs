import { connect } from 'amqplib';
import { changeMessage, orderId } from '../consumer/messages.mjs';
import { nowMs } from '../lib/clock.mjs';
import { KINDS, topicOf } from './load.mjs';

const EVERY_MS = 4;
const ROUTING_KEY = '00.insert.bench.orders';

/** Publishes changes as cdc-producer would, at the load's steady rates, each with the moment at which it was sent. */
export class PacedPublisher {
  static async open(uri, exchange) {
    const connection = await connect(uri);
    return new PacedPublisher(connection, await connection.createChannel(), exchange);
  }

  constructor(connection, channel, exchange) {
    this.connection = connection;
    this.channel = channel;
    this.exchange = exchange;
    this.published = 0;
  }

  /** Until `close`. What a busy machine has held up is sent at once, so that the rates hold. */
  start(bytes) {
    const start = nowMs();
    const sent = new Map(KINDS.map((kind) => [kind, 0]));
    this.timer = setInterval(() => {
      const elapsed = nowMs() - start;
      for (const [kind, count] of sent) {
        const due = Math.floor((elapsed * kind.rate) / 1000);
        for (let n = count; n < due; n += 1) this.#publish(topicOf(kind, n), bytes);
        sent.set(kind, due);
      }
    }, EVERY_MS);
  }

  #publish(topic, bytes) {
    const fields = { publishedAt: String(nowMs()), topic, note: 'x'.repeat(bytes) };
    const { body, properties } = changeMessage({
      n: this.published,
      _id: orderId(this.published),
      fields,
      format: 'json',
    });
    this.published += 1;
    this.channel.publish(this.exchange, ROUTING_KEY, body, properties);
  }

  async close() {
    clearInterval(this.timer);
    await this.connection.close();
  }
}
