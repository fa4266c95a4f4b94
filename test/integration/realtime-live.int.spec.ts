import { EventBuilder, eventually } from '@sluice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PushClient } from '../harness/push.client.js';
import { RestlessClient } from '../harness/restless.client.js';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';

const NAMESPACE = 'shop.orders';
/** Of a machine that has much else to do; only a hang should reach it. */
const PATIENCE = { timeoutMs: 100_000 };

let system: ConsumerSystem;
let replicas: readonly TestConsumer[];
beforeAll(async () => {
  system = await ConsumerSystem.open();
  const env = { REALTIME: 'on', REALTIME_MEMORY_BYTES: '1048576', REALTIME_HEARTBEAT_MS: '500' };
  replicas = [await system.consumer({ env }), await system.consumer({ env, untilRunning: false })];
  for (const replica of replicas) {
    await eventually(async () => (await replica.ready()).body.details['livePush']?.state === 'following');
  }
});
afterAll(() => system?.close());

const socketOf = (replica: TestConsumer | undefined) => `${replica?.url.replace('http', 'ws') ?? ''}/realtime`;

it('a client that is cut 20 times within 20,000 events gets just those that match, once and in order', async () => {
  const make = new EventBuilder();
  const events = Array.from({ length: 20_000 }, (_, n) => make.anInsert(NAMESPACE, { _id: n, wanted: n % 3 === 0 }));
  const wanted = events.filter(({ fullDocument }) => fullDocument.wanted).map(({ id }) => id);
  const client = new RestlessClient({ namespace: NAMESPACE, where: { wanted: true } });
  const connect = () => client.connect(socketOf(replicas[client.cuts % replicas.length]));
  await connect();
  const publishing = (async () => {
    for (let at = 0; at < events.length; at += 500) await system.broker.publish(...events.slice(at, at + 500));
  })();
  for (let cut = 1; cut <= 20; cut += 1) {
    const enough = Math.min(wanted.length - 1, Math.round((cut - Math.random()) * (wanted.length / 20)));
    await eventually(() => client.take() >= enough, PATIENCE);
    client.cut();
    await connect();
  }
  await publishing;
  await eventually(() => client.take() >= wanted.length, PATIENCE);
  expect(client.cuts).toBe(20);
  expect(client.gaps).toEqual([]);
  expect(client.events.map(({ id }) => id)).toEqual(wanted);
});

it('every replica tells its own clients the same, with the same cursors', async () => {
  const clients = await Promise.all(replicas.map((replica) => PushClient.open(socketOf(replica))));
  for (const client of clients) await client.subscribe('s', { namespace: 'shop.carts' });
  const make = new EventBuilder({ stream: 'both' });
  await system.broker.publish(make.anInsert('shop.carts', { n: 1 }), make.aDelete('shop.carts', 1));
  await eventually(() => clients.every((client) => client.of('event').length === 2));
  expect(clients[0]?.of('event')).toEqual(clients[1]?.of('event'));
  const [first] = clients[0]?.of('event') ?? [];
  const late = await PushClient.open(socketOf(replicas[1]));
  await late.subscribe('s', { namespace: 'shop.carts', from: first?.cursor ?? '' });
  await eventually(() => late.of('event').length === 1);
  expect(late.of('event')[0]).toEqual(clients[0]?.of('event')[1]);
  for (const client of [...clients, late]) client.cut();
});

it('the metrics say what is sent, and a shutdown sends everybody away', async () => {
  const [, replica] = replicas;
  const client = await PushClient.open(socketOf(replica));
  await client.subscribe('s', { namespace: 'shop.carts' });
  const text = await (await fetch(`${replica?.url}/metrics`)).text();
  expect(text).toMatch(/^sluice_realtime_connections\{wire="websocket"\} 1$/m);
  expect(text).toMatch(/^sluice_realtime_messages_total\{type="event"\} [1-9]/m);
  expect(text).toMatch(/^sluice_realtime_closed_total\{code="1006"\} [1-9]/m);
  await replica?.stop();
  expect(await client.closing()).toMatchObject({ code: 1001 });
});
