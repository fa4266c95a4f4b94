import { aReplace, eventually } from '@sluice/testing';
import { RabbitConnection } from '@sluice/messaging';
import { expect, it, onTestFinished } from 'vitest';
import { CHANNEL_CLOSE, FaultProxy } from '../harness/fault.proxy.js';
import { InProcessProducer } from '../harness/in-process.producer.js';
import { testServers } from '../harness/test-servers.js';
import { ConsumerSystem } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

it('a held stream whose broker goes away just as its channel closes: it goes on, and can be paused', async () => {
  const proxy = await FaultProxy.before(testServers().rabbitmq);
  onTestFinished(() => proxy.close());
  const producer = await InProcessProducer.prepare();
  onTestFinished(() => producer.stop(['all']));
  await producer.start({}, { RABBITMQ_URI: proxy.uri });
  await producer.running();
  await producer.db.collection<{ _id: number }>('documents').insertOne({ _id: 1 });
  await eventually(() => producer.status.state === 'held');
  proxy.cutAt(CHANNEL_CLOSE); // a held stream tries once a second, each time on a new channel
  await eventually(() => proxy.cuts > 0);
  const queue = await producer.bindQueue();
  await eventually(async () => (await producer.messageCount(queue)) === 1);
  expect((await producer.service.pause('main')).state).toBe('paused');
});

it('streams under a broker that blocks publishing let go when they are paused, and go on when it takes messages again', async () => {
  const proxy = await FaultProxy.before(testServers().rabbitmq);
  onTestFinished(() => proxy.close());
  const producer = await InProcessProducer.prepare();
  onTestFinished(() => producer.stop(['all']));
  onTestFinished(() => proxy.unblock()); // first of the three
  const queue = await producer.bindQueue();
  const names = ['at work', 'begun later'].map((name) => name.replace(' ', '-'));
  const streams = names.map((name) => ({ name, scope: { database: producer.database, collection: name } }));
  await producer.startStreams(streams, { RABBITMQ_URI: proxy.uri, SHUTDOWN_TIMEOUT_MS: 1_000 });
  const [atWork, begunLater] = names.map((name) => () => producer.service.one(name));
  await eventually(() => names.every((name) => producer.service.one(name).state === 'running'));
  await producer.service.pause('begun-later');
  proxy.block();
  await eventually(() => atWork?.().state === 'held');
  await producer.db.collection<{ _id: number }>('at-work').insertOne({ _id: 1 });
  await eventually(() => atWork?.().counters.captured === 1);
  void producer.service.resume('begun-later'); // its channel cannot be opened
  await eventually(() => begunLater?.().holder !== null);

  for (const name of names) void producer.service.pause(name);
  await eventually(() => names.every((name) => producer.service.one(name).state === 'paused'));
  await eventually(() => names.every((name) => producer.service.one(name).holder === null));
  expect(await producer.messageCount(queue)).toBe(0);
  proxy.unblock();
  for (const name of names) await producer.service.resume(name);
  await eventually(async () => (await producer.messageCount(queue)) >= 1);
  await eventually(() => atWork?.().position.last !== null);
});

it('a consumer whose broker goes away just as its topology closes a channel: it is bound again and handles', async () => {
  const proxy = await FaultProxy.before(testServers().rabbitmq);
  onTestFinished(() => proxy.close());
  const system = await ConsumerSystem.open();
  onTestFinished(() => system.close());
  const handler = new RecordingHandler();
  const consumer = await system.consumer({ handlers: [handler], env: { RABBITMQ_URI: proxy.uri } });
  proxy.cutAt(CHANNEL_CLOSE);
  proxy.cut(); // the topology is declared again on the next connection
  await eventually(() => proxy.cuts > 0);
  await eventually(async () => (await consumer.ready()).status === 200);
  await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1 }));
  await eventually(() => handler.handled.length === 1);
});

it('a connection that is cut while it closes is closed all the same', async () => {
  const proxy = await FaultProxy.before(testServers().rabbitmq);
  onTestFinished(() => proxy.close());
  const connection = new RabbitConnection({ uri: proxy.uri, name: 'test' });
  connection.start();
  await connection.whenConnected();
  proxy.cutAt(Buffer.from([0, 10, 0, 50])); // connection.close: class 10, method 50
  await connection.close();
  expect(connection.status).toBe('closed');
});
