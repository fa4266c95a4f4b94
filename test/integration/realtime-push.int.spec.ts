import { EventBuilder } from '@sluice/testing';
import { eventually } from '@sluice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PushClient } from '../harness/push.client.js';
import { PushServer } from '../harness/push.server.js';

let server: PushServer;
beforeAll(async () => {
  server = await PushServer.start({ REALTIME_HEARTBEAT_MS: '400' });
});
afterAll(() => server?.stop());

const make = new EventBuilder();

it('a client sees what it subscribed to, from now, in order, and nothing else', async () => {
  const client = await PushClient.open(server.wsUrl);
  server.feed.tell(make.anInsert('shop.orders', { before: true }));
  await client.subscribe('open', { namespace: 'shop.orders', where: { status: 'open' }, fields: ['total'] });
  server.feed.tell(make.anInsert('shop.orders', { _id: 1, status: 'open', total: 5, secret: 1 }));
  server.feed.tell(make.anInsert('shop.orders', { _id: 2, status: 'closed' }));
  server.feed.tell(make.anInsert('shop.carts', { _id: 3, status: 'open' }));
  server.feed.tell(make.aReplace('shop.orders', { _id: 1, status: 'closed' }));
  await eventually(() => client.of('leave').length === 1);
  expect(client.of('event').map(({ id, event: { fullDocument } }) => ({ id, fullDocument }))).toEqual([
    { id: 'open', fullDocument: { total: 5 } },
  ]);
  client.send({ type: 'unsubscribe', id: 'open' });
  await eventually(() => client.of('unsubscribed').length === 1);
  server.feed.tell(make.anInsert('shop.orders', { status: 'open' }));
  await eventually(() => client.of('heartbeat').length > 0);
  expect(client.of('event')).toHaveLength(1);
  client.cut();
  await eventually(() => server.connections === 0);
});

it('several subscriptions of a connection have each its own filter and cursor', async () => {
  const start = server.feed.head;
  for (let n = 0; n < 4; n += 1) server.feed.tell(make.anInsert('shop.orders', { n, even: n % 2 === 0 }));
  const client = await PushClient.open(server.wsUrl);
  await client.subscribe('all', { namespace: 'shop.orders', from: start });
  await client.subscribe('even', { namespace: 'shop.orders', where: { even: true }, from: start });
  await client.subscribe('late', { namespace: 'shop.orders' });
  server.feed.tell(make.anInsert('shop.orders', { n: 4, even: true }));
  await eventually(() => client.of('event').length === 9);
  const seen = (id: string) =>
    client.of('event').flatMap((each) => (each.id === id ? [each.event.fullDocument?.['n']] : []));
  expect([seen('all'), seen('even'), seen('late')]).toEqual([[0, 1, 2, 3, 4], [0, 2, 4], [4]]);
  await eventually(() => client.of('heartbeat').length > 0);
  expect(Object.keys(client.of('heartbeat')[0]?.cursors ?? {})).toEqual(['all', 'even', 'late']);
  client.cut();
});
