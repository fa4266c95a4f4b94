import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import { documentOf, relaxedJsonOf } from '@sluice/contracts';
import { eventually, EventBuilder } from '@sluice/testing';
import { Binary, BSON, BSONRegExp, Decimal128, Long, MinKey, ObjectId, Timestamp } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PushClient, UpgradeRefused } from '../harness/push.client.js';
import { PushServer } from '../harness/push.server.js';
import { SseClient } from '../harness/sse.client.js';

let server: PushServer;
beforeAll(async () => {
  server = await PushServer.start({
    REALTIME_MAX_SUBSCRIPTIONS: '3',
    REALTIME_MAX_CONNECTIONS: '8',
    REALTIME_MESSAGES_PER_SECOND: '2',
    REALTIME_BUFFER_BYTES: '65536',
    REALTIME_MAX_MESSAGE_BYTES: '16384',
    REALTIME_HEARTBEAT_MS: '1000',
    REALTIME_SNAPSHOT_MAX: '500',
  });
});
afterAll(() => server?.stop());

const make = new EventBuilder();
const namespace = 'shop.orders';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('limits', () => {
  it('what is wrong in a message is told, and the connection goes on', async () => {
    const client = await PushClient.open(server.wsUrl);
    const wrong = [
      '{"type":"dance"}',
      '{"type":"subscribe","id":"a"}',
      '{"type":"subscribe","id":"a","namespace":"shop.orders","colour":"red"}',
      '{"type":"subscribe","id":"a","namespace":"shop.orders","where":{"a":{"$gt":1}}}',
      '{"type":"subscribe","id":"a","namespace":"shop.orders","where":{"$where":"1"}}',
      '{"type":"subscribe","id":"a","namespace":"shop.orders","from":"c1.x!"}',
      '{"type":"subscribe","id":"b","namespace":"shop.orders","from":"c1.none"}',
      '{"type":"subscribe","id":"a","namespace":"shop.orders","from":"now","snapshot":true}',
      '{"type":"unsubscribe","id":"a"}',
      `{"type":"subscribe","id":"a","namespace":"shop.orders","where":{"a":${nested(20_000)}}}`,
    ];
    for (const message of wrong) client.send(message);
    await eventually(() => client.of('error').length === wrong.length);
    expect(new Set(client.of('error').map(({ code }) => code))).toEqual(
      new Set(
        ['MESSAGE-INVALID', 'WHERE-INVALID', 'CURSOR-INVALID', 'ID-UNKNOWN'].map((code) => `SLUICE-REALTIME-${code}`),
      ),
    );
    await client.subscribe('a', { namespace });
    client.send({ type: 'subscribe', id: 'a', namespace });
    await eventually(() => client.of('error').length === wrong.length + 1);
    expect(client.of('error').at(-1)).toMatchObject({ code: 'SLUICE-REALTIME-ID-TAKEN' });
    expect(client.of('error').at(-1)).not.toHaveProperty('id'); // which would read as the end of what has it
    server.feed.tell(make.anInsert(namespace, { a: 1 }));
    await eventually(() => client.of('event').length === 1);
    client.cut();
  });

  it('a connection has so many subscriptions', async () => {
    const client = await PushClient.open(server.wsUrl);
    for (const id of ['a', 'b', 'c', 'd']) client.send({ type: 'subscribe', id, namespace });
    await eventually(() => client.of('error').length === 1 && client.of('subscribed').length === 3);
    expect(client.of('error')[0]).toMatchObject({ id: 'd', code: 'SLUICE-REALTIME-SUBSCRIPTIONS-FULL' });
    client.send({ type: 'unsubscribe', id: 'a' });
    await client.subscribe('d', { namespace });
    client.cut();
  });

  it('who sends without end is closed', async () => {
    const client = await PushClient.open(server.wsUrl);
    for (let n = 0; n < 200; n += 1) client.send({ type: 'unsubscribe', id: `${n}` });
    expect(await client.closing()).toMatchObject({ code: 4429 });
    expect(client.of('error').length).toBeLessThan(200);
  });

  it('who pings without end is closed: each ping asks for an answer', async () => {
    const client = await PushClient.open(server.wsUrl);
    for (let n = 0; n < 200; n += 1) client.socket.ping('x');
    expect(await client.closing()).toMatchObject({ code: 4429 });
  });

  it('there are so many connections in all', async () => {
    await eventually(() => server.connections === 0);
    const clients = await Promise.all(Array.from({ length: 8 }, () => PushClient.open(server.wsUrl)));
    const refused: unknown = await PushClient.open(server.wsUrl).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UpgradeRefused);
    if (refused instanceof UpgradeRefused) {
      expect([refused.status, refused.code, refused.headers['retry-after']]).toEqual([
        503,
        'SLUICE-REALTIME-CONNECTIONS-FULL',
        '10',
      ]);
    }
    for (const client of clients) client.cut();
    await eventually(() => server.connections === 0);
  });

  it('an event that is too large comes without its document, which its link has', async () => {
    const client = await PushClient.open(server.wsUrl);
    const db = server.database(`${server.db.databaseName}-large`);
    const ns = `${db.databaseName}.large`;
    const large = { _id: 1, status: 'open', text: 'x'.repeat(20_000) };
    await db.collection<typeof large>('large').insertOne(large);
    await client.subscribe('s', { namespace: ns, where: { status: 'open' } });
    server.feed.tell(make.anInsert(ns, large));
    await eventually(() => client.of('event').length === 1);
    const { event } = client.of('event')[0] ?? { event: undefined };
    expect(event).toMatchObject({ omitted: ['fullDocument'], documentKey: { _id: 1 } });
    expect(await (await fetch(`${server.url}${event?.href}`)).json()).toEqual({
      documentKey: { _id: 1 },
      fullDocument: large,
    });
    await db.collection<typeof large>('large').updateOne({ _id: 1 }, { $set: { status: 'closed' } });
    expect((await fetch(`${server.url}${event?.href}`)).status).toBe(404);
    client.cut();
    await db.dropDatabase();
  });

  it('a client that does not read is closed with what it has not read bounded, and one beside it misses nothing', async () => {
    const before = server.counters.closed.get(4430) ?? 0;
    const stuck = connect(server.port, '127.0.0.1');
    stuck.on('error', () => undefined);
    stuck.write(`GET /realtime/events?namespace=${namespace} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    stuck.pause();
    const stuckSocket = await PushClient.open(server.wsUrl);
    await stuckSocket.subscribe('s', { namespace });
    stuckSocket.socket.pause();
    const reading = await PushClient.open(server.wsUrl);
    await reading.subscribe('s', { namespace });
    await eventually(() => server.connections === 3);
    const text = randomBytes(6_000).toString('hex');
    let told = 0;
    await eventually(() => {
      for (let n = 0; n < 20; n += 1) server.feed.tell(make.anInsert(namespace, { n: (told += 1), text }));
      return (server.counters.closed.get(4430) ?? 0) === before + 2;
    });
    await eventually(() => reading.of('event').length === told);
    expect(reading.of('event').map(({ event }) => event.fullDocument?.['n'])).toEqual(
      Array.from({ length: told }, (_, n) => n + 1),
    );
    await eventually(() => server.connections === 1);
    stuck.destroy();
    reading.cut();
  });

  it('who catches up is held up by its own reading, and gets everything', async () => {
    const start = server.feed.head;
    const text = randomBytes(2_000).toString('hex');
    for (let n = 0; n < 1_000; n += 1) server.feed.tell(make.anInsert('shop.past', { n, text }));
    const client = await PushClient.open(server.wsUrl);
    client.socket.pause();
    client.send({ type: 'subscribe', id: 's', namespace: 'shop.past', from: start });
    await eventually(() => (server.counters.messages.get('subscribed') ?? 0) > 0);
    client.socket.resume();
    await eventually(() => client.of('event').length === 1_000);
    expect(client.of('event').map(({ event }) => event.fullDocument?.['n'])).toEqual(
      Array.from({ length: 1_000 }, (_, n) => n),
    );
    client.cut();
  });
});

describe('server-sent events', () => {
  const url = (query: string) => `${server.url}/realtime/events?${query}`;

  it('are the same messages, with the cursor as their id, and go on where a browser was', async () => {
    const where = encodeURIComponent('{"status":"open"}');
    const first = await SseClient.open(url(`namespace=${namespace}&where=${where}&fields=n&operations=insert,delete`));
    await eventually(() => first.of('subscribed').length === 1);
    expect(first.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(first.text).toMatch(/^retry: [1-5]\d{3}\n\n/);
    server.feed.tell(make.anInsert(namespace, { n: 1, status: 'open' }));
    server.feed.tell(make.anInsert(namespace, { n: 2, status: 'closed' }));
    await eventually(() => first.of('event').length === 1);
    const { id = '', data } = first.of('event')[0] ?? {};
    expect(data).toMatchObject({ type: 'event', id: 'events', cursor: id, event: { fullDocument: { n: 1 } } });
    await eventually(() => first.of('heartbeat').length > 0 && /^:$/m.test(first.text));
    const beat = first.of('heartbeat')[0];
    expect(beat?.id).toMatch(/^c1\./); // a quiet one goes on from there too
    expect(beat?.data).toMatchObject({ cursors: { events: beat?.id } });
    first.close();
    server.feed.tell(make.anInsert(namespace, { n: 3, status: 'open' }));
    const again = await SseClient.open(url(`namespace=${namespace}&where=${where}&snapshot=true`), {
      'last-event-id': id,
    });
    await eventually(() => again.of('event').length === 1);
    expect(again.of('event')[0]?.data).toMatchObject({ event: { fullDocument: { n: 3 } } });
    again.close();
    await eventually(() => server.connections === 0);
  });

  it('asked for behind another on one connection are refused, and its end leaves no connection behind', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`GET /realtime/events?namespace=${namespace} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(3));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await eventually(() => text.includes('event: subscribed'));
    server.feed.tell(make.anInsert(namespace, { n: 1 }));
    await eventually(() => text.includes('event: event'));
    expect(server.connections).toBe(1);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']); // the others wait for its end
    socket.destroy();
    await eventually(() => server.connections === 0);
  });

  it.each([
    ['namespace=shop.orders&where=x', 400],
    ['namespace=orders', 400],
    ['namespace=shop.orders&colour=red', 400],
    ['where={}', 400],
  ])('a query as %s is refused before anything is sent', async (query, status) => {
    const { refused } = server.counters;
    const response = await fetch(url(query));
    expect([response.status, response.headers.get('content-type')]).toMatchObject([
      status,
      expect.stringMatching(/^application\/problem/),
    ]);
    expect(server.connections).toBe(0);
    await eventually(() => server.counters.refused === refused + 1);
  });

  it('end with the error that ends their subscription', async () => {
    const client = await SseClient.open(url(`namespace=${namespace}&from=c1.none`));
    await eventually(() => client.hasEnded);
    expect(client.of('error')[0]?.data).toMatchObject({ code: 'SLUICE-REALTIME-CURSOR-INVALID' });
  });
});

describe('a snapshot', () => {
  it('comes in pages, then the changes behind it, and what it has already is not told again', async () => {
    const db = server.database(`${server.db.databaseName}-snap`);
    const orders = db.collection<{ _id: number; status: string; text?: string }>('orders');
    const ns = `${db.databaseName}.orders`;
    const text = 'x'.repeat(1_000);
    await orders.insertMany(
      Array.from({ length: 300 }, (_, _id) => ({ _id, status: _id % 3 === 0 ? 'closed' : 'open', text })),
    );
    const client = await PushClient.open(server.wsUrl);
    client.send({ type: 'subscribe', id: 's', namespace: ns, where: { status: 'open' }, snapshot: true });
    await eventually(() => client.of('error').length === 1);
    expect(client.of('error')[0]).toMatchObject({ id: 's', code: 'SLUICE-REALTIME-SNAPSHOT-UNINDEXED' });
    expect(client.of('error')[0]?.message).toContain('db.getCollection("orders").createIndex({ "status": 1 })');
    await orders.createIndex({ status: 1 });
    client.send({
      type: 'subscribe',
      id: 's',
      namespace: ns,
      where: { status: 'open' },
      fields: ['status'],
      snapshot: true,
    });
    await eventually(() => client.of('snapshot').some(({ cursor }) => cursor !== undefined));
    const documents = client.of('snapshot').flatMap((page) => page.documents);
    expect(documents).toHaveLength(200);
    expect(documents[0]).toEqual({ documentKey: { _id: 1 }, fullDocument: { status: 'open' } });
    const long = new EventBuilder({ startAt: new Date(Date.now() - 60_000) });
    server.feed.tell(long.anInsert(ns, { _id: 1, status: 'open' })); // of before the snapshot: it has that
    const late = new EventBuilder({ startAt: new Date(Date.now() + 60_000) });
    server.feed.tell(late.anInsert(ns, { _id: 999, status: 'open' }));
    await eventually(() => client.of('event').length === 1);
    expect(client.of('event')[0]?.event.documentKey).toEqual({ _id: 999 });
    client.cut();
    await db.dropDatabase();
  });

  it("shows values of BSON's own types, as they stand in MongoDB; so does the link of a document", async () => {
    const db = server.database(`${server.db.databaseName}-types`);
    const _id = new ObjectId();
    const values = {
      long: Long.fromString('9007199254740993'),
      decimal: Decimal128.fromString('1.10'),
      time: new Timestamp({ t: 1, i: 2 }),
      bytes: new Binary(Buffer.from([1, 2])),
      date: new Date(0),
      other: [new MinKey(), new BSONRegExp('^a', 'i')],
    };
    await db.collection('typed').insertOne({ _id, ...values });
    const shown = JSON.parse(relaxedJsonOf(documentOf(BSON.serialize({ _id, ...values })))) as unknown; // as an event's are
    const client = await PushClient.open(server.wsUrl);
    client.send({ type: 'subscribe', id: 's', namespace: `${db.databaseName}.typed`, snapshot: true });
    await eventually(() => client.of('snapshot').some(({ documents }) => documents.length > 0));
    const [document] = client.of('snapshot').flatMap(({ documents }) => documents);
    expect(document?.fullDocument).toEqual(shown);
    client.cut();
    const link = `${server.url}/realtime/documents/${db.databaseName}.typed?_id=${encodeURIComponent(`{"$oid":"${_id.toHexString()}"}`)}`;
    expect(await (await fetch(link)).json()).toMatchObject({ fullDocument: shown });
    await db.dropDatabase();
  });

  it('of more than is allowed is refused', async () => {
    const db = server.database(`${server.db.databaseName}-many`);
    await db.collection<{ _id: number }>('many').insertMany(Array.from({ length: 501 }, (_, _id) => ({ _id })));
    const client = await PushClient.open(server.wsUrl);
    client.send({ type: 'subscribe', id: 's', namespace: `${db.databaseName}.many`, snapshot: true });
    await eventually(() => client.of('error').length === 1);
    expect(client.of('error')[0]).toMatchObject({ id: 's', code: 'SLUICE-REALTIME-SNAPSHOT-TOO-LARGE' });
    client.cut();
    await db.dropDatabase();
  });
});

it('a shutdown tells every client to come back, and lets nobody in', async () => {
  const client = await PushClient.open(server.wsUrl);
  const events = await SseClient.open(`${server.url}/realtime/events?namespace=${namespace}`);
  server.end();
  expect(await client.closing()).toMatchObject({ code: 1001 });
  await eventually(() => events.hasEnded);
  const refused: unknown = await PushClient.open(server.wsUrl).catch((error: unknown) => error);
  expect(refused).toMatchObject({ status: 503, code: 'SLUICE-REALTIME-ENDING' });
});
