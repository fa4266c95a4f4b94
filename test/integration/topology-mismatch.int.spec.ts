import { randomBytes } from 'node:crypto';
import { topologyNames } from '@sluice/contracts';
import { groupTopologyPlan, RabbitConnection, TopologyDeclarer, type TopologyMismatchError } from '@sluice/messaging';
import { connect, type ChannelModel } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testServers } from '../harness/test-servers.js';

type Arguments = Readonly<Record<string, string | number | boolean>>;

/** What somebody else has made of a partition's queue: what replaces our arguments, and what the error has to name. */
const OF_QUEUES: [property: string, theirs: Record<string, unknown>, named: readonly string[]][] = [
  ['single active consumer off', { 'x-single-active-consumer': false }, ['x-single-active-consumer', 'true', 'false']],
  ['no single active consumer', { 'x-single-active-consumer': undefined }, ['x-single-active-consumer', 'none']],
  [
    'drops its oldest',
    { 'x-overflow': 'drop-head', 'x-dead-letter-strategy': 'at-most-once' },
    ['x-overflow reject-publish', 'at-most-once'],
  ],
  ['other exchange', { 'x-dead-letter-exchange': 'others' }, ['x-dead-letter-exchange', '.dead-letters', 'others']],
  ['other key', { 'x-dead-letter-routing-key': 'them' }, ['x-dead-letter-routing-key', 'mirror', 'them']],
  ['at most once', { 'x-dead-letter-strategy': 'at-most-once' }, ['x-dead-letter-strategy', 'at-least-once']],
  ['a delivery limit', { 'x-delivery-limit': 5 }, ['x-delivery-limit', '5']],
  ['a bound of its length', { 'x-max-length': 10 }, ['x-max-length', 'none', '10']],
  ['messages that expire', { 'x-message-ttl': 1000 }, ['x-message-ttl', 'none', '1000']],
  ['a queue that expires', { 'x-expires': 600_000 }, ['x-expires', 'none', '600000']],
];

describe('topology that exists with other properties', () => {
  const group = 'mirror';
  let names: ReturnType<typeof topologyNames>;
  let theirs: ChannelModel;
  let connection: RabbitConnection;
  beforeEach(async () => {
    const { rabbitmq } = testServers();
    names = topologyNames(`test-${randomBytes(4).toString('hex')}.events`);
    theirs = await connect(rabbitmq);
    connection = new RabbitConnection({ uri: rabbitmq, name: 'test' });
    connection.start();
    await connection.whenConnected();
  });
  afterEach(async () => {
    const channel = await theirs.createChannel();
    for (const queue of [partition(0), partition(1), names.deadLetterQueue(group)]) await channel.deleteQueue(queue);
    for (const exchange of [names.exchange, names.deadLetterExchange, names.controlExchange(group, 1)])
      await channel.deleteExchange(exchange);
    await theirs.close();
    await connection.close();
  });

  const partition = (index: number) => names.partitionQueue(group, 1, index);
  const planOf = async () => {
    const brokerMajor = await new TopologyDeclarer(connection).brokerMajor();
    return groupTopologyPlan({ names, group, partitions: 2, generation: 1, patterns: ['insert.#'], brokerMajor });
  };

  async function declared(): Promise<TopologyMismatchError> {
    const plan = await planOf();
    return new TopologyDeclarer(connection).declareQueues(plan).then(
      () => Promise.reject(new Error('it was accepted')),
      (error: TopologyMismatchError) => error,
    );
  }

  /** A queue with a message in it. */
  async function makeQueue(queue: string, given: Arguments): Promise<void> {
    const channel = await theirs.createConfirmChannel();
    await channel.assertQueue(queue, { durable: true, arguments: given });
    channel.sendToQueue(queue, Buffer.from('theirs'));
    await channel.waitForConfirms();
    await channel.close();
  }
  async function messagesIn(queue: string): Promise<number> {
    const channel = await theirs.createChannel();
    const { messageCount } = await channel.checkQueue(queue);
    await channel.close();
    return messageCount;
  }

  /** Our arguments with some replaced, or left out. */
  function replaced(ours: Arguments, others: Record<string, unknown>): Arguments {
    const all = Object.entries({ ...ours, ...others }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(all) as Arguments; // strings, numbers and booleans, as both are
  }

  it.each(OF_QUEUES)('a queue: %s', async (_, others, named) => {
    const ours = (await planOf()).partitions[1]?.arguments ?? {};
    await makeQueue(partition(1), replaced(ours, others));
    const error = await declared();
    expect(error).toMatchObject({ code: 'SLUICE-TOPOLOGY-MISMATCH', subject: partition(1) });
    for (const word of [...named, partition(1), 'Nothing was changed', 'CONSUMER_GROUP'])
      expect(error.message).toContain(word);
    expect(await messagesIn(partition(1))).toBe(1);
  });

  it('a queue of another type', async () => {
    await makeQueue(partition(0), { 'x-queue-type': 'classic' });
    const { message } = await declared();
    for (const word of ['x-queue-type quorum', 'but current is none', partition(0)]) expect(message).toContain(word);
    expect(await messagesIn(partition(0))).toBe(1);
  });

  it.each([
    ['drops its oldest', { 'x-overflow': 'drop-head' }, ['x-overflow', 'reject-publish', 'drop-head']],
    ['messages that expire', { 'x-message-ttl': 1000_000 }, ['x-message-ttl', 'none', '1000000']],
  ])('the dead-letter queue: %s', async (_, others, named) => {
    const { queue } = (await planOf()).deadLetters;
    await makeQueue(queue.name, replaced(queue.arguments, others));
    const { message } = await declared();
    for (const word of [...named, queue.name]) expect(message).toContain(word);
    expect(await messagesIn(queue.name)).toBe(1);
  });

  it.each([
    ['the events exchange', () => names.exchange, { type: 'direct', durable: true }, ['type', 'topic', 'direct']],
    ['one that ends with the broker', () => names.exchange, { type: 'topic', durable: false }, ['durable', 'false']],
    ['the dead-letter exchange', () => names.deadLetterExchange, { type: 'topic', durable: true }, ['direct', 'topic']],
    [
      "the group's control exchange",
      () => names.controlExchange(group, 1),
      { type: 'topic', durable: true },
      ['fanout', 'topic'],
    ],
  ])('an exchange: %s', async (_, name, { type, durable }, named) => {
    const channel = await theirs.createChannel();
    await channel.assertExchange(name(), type, { durable });
    const error = await declared();
    expect(error).toMatchObject({ code: 'SLUICE-TOPOLOGY-MISMATCH', subject: name() });
    for (const word of [...named, name(), 'SLUICE_EXCHANGE']) expect(error.message).toContain(word);
    await expect(channel.checkExchange(name())).resolves.toBeDefined();
    await channel.close();
  });
});
