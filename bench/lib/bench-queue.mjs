import { connect } from 'amqplib';
import { topologyNames } from '../../dist/cdc-consumer/libs/contracts/src/index.js';
import { groupTopologyPlan } from '../../dist/cdc-consumer/libs/messaging/src/index.js';

const UNCONFIRMED = 1_000;

/** Where a contender publishes to, or reads from: one quorum queue, or those of a group; and the broker's own count. */
export class BenchQueue {
  constructor(connection, channel, names, exchanges = []) {
    this.connection = connection;
    this.channel = channel;
    this.names = names;
    this.exchanges = exchanges;
    this.others = [];
  }

  static async declare(uri, name) {
    const { connection, channel } = await opened(uri);
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    return new BenchQueue(connection, channel, [name]);
  }

  /** The partitions of a group, as cdc-consumer would declare them, so that every contender reads from the same kind. */
  static async ofGroup(uri, { exchange, group, partitions }) {
    const { connection, channel } = await opened(uri);
    const names = topologyNames(exchange);
    const brokerMajor = Number(connection.connection.serverProperties.version.split('.')[0]);
    const plan = groupTopologyPlan({ names, group, partitions, generation: 1, patterns: ['#'], brokerMajor });
    for (const { name, type } of plan.exchanges) await channel.assertExchange(name, type, { durable: true });
    for (const { name, arguments: args } of plan.partitions)
      await channel.assertQueue(name, { durable: true, arguments: args });
    const exchanges = plan.exchanges.map(({ name }) => name);
    const queue = new BenchQueue(
      connection,
      channel,
      plan.partitions.map(({ name }) => name),
      exchanges,
    );
    queue.others.push(plan.deadLetters.queue.name);
    return queue;
  }

  get name() {
    return this.names[0];
  }

  /** Takes everything that comes through an exchange, which goes with the queue. */
  async bindTo(exchange) {
    await this.channel.assertExchange(exchange, 'topic', { durable: true });
    await this.channel.bindQueue(this.name, exchange, '#');
    this.exchanges.push(exchange);
  }

  /** Messages that nobody has been given yet. */
  async depth() {
    let depth = 0;
    for (const name of this.names) depth += (await this.channel.checkQueue(name)).messageCount;
    return depth;
  }

  /** Publishes straight into the queues; resolves when the broker has confirmed them all. */
  async fill(messages) {
    const channel = await this.connection.createConfirmChannel();
    for (const [index, { body, properties, partition = 0 }] of messages.entries()) {
      channel.sendToQueue(this.names[partition], body, properties);
      if (index % UNCONFIRMED === UNCONFIRMED - 1) await channel.waitForConfirms();
    }
    await channel.waitForConfirms();
    await channel.close();
  }

  async delete() {
    for (const name of [...this.names, ...this.others]) await this.channel.deleteQueue(name);
    for (const exchange of this.exchanges) await this.channel.deleteExchange(exchange);
    await this.connection.close();
  }
}

async function opened(uri) {
  const connection = await connect(uri);
  return { connection, channel: await connection.createChannel() };
}
