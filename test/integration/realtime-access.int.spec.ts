import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RealtimeTicket } from '@sluice/contracts';
import { eventually, EventBuilder } from '@sluice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdentityProvider } from '../harness/identity.provider.js';
import { PushClient, UpgradeRefused } from '../harness/push.client.js';
import { PushServer, tokenEntry } from '../harness/push.server.js';
import { SseClient } from '../harness/sse.client.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-grants-'));
const grantsFile = join(folder, 'grants.yaml');
const tokensFile = join(folder, 'tokens');
const make = new EventBuilder();

const GRANTS = `
grants:
  - to: [page]
    namespaces: [shop.orders]
    operations: [insert, update, delete]
    fields: [status, customer.name]
  - to: [page]
    namespaces: [shop.notes]
  - to: [crew]
    namespaces: ['shop.*']
  - roles: [operator]
    namespaces: ['*']
`;

let server: PushServer;
let environment: Record<string, string>;
let provider: IdentityProvider;
/** Its JWT counts for a few seconds more, as clocks may differ. */
let expiring: PushClient;
beforeAll(async () => {
  provider = await IdentityProvider.start();
  writeFileSync(grantsFile, GRANTS);
  writeFileSync(
    tokensFile,
    `${tokenEntry('page', 'subscriber', 'page-secret')}\n${tokenEntry('crew', 'viewer', 'crew-secret')}\n`,
  );
  environment = {
    SLUICE_STATE_DB: `test-${randomBytes(4).toString('hex')}`,
    ADMIN_TOKENS: [
      tokenEntry('scraper', 'metrics', 'scraper-secret'),
      tokenEntry('ops', 'operator', 'ops-secret'),
      tokenEntry('many', 'subscriber', 'many-secret'),
    ].join(','),
    ADMIN_TOKENS_FILE: tokensFile,
    REALTIME_GRANTS_FILE: grantsFile,
    REALTIME_JWT_GRANTS_CLAIM: 'sluice.grants',
    REALTIME_ORIGINS: 'https://shop.example',
    REALTIME_MAX_CONNECTIONS_PER_TOKEN: '12',
    ...provider.environment,
  };
  server = await PushServer.start(environment);
  expiring = await open(await provider.jwt({ sub: 'bob@example', exp: Math.floor(Date.now() / 1_000) - 20 }));
});
afterAll(async () => {
  await server?.stop();
  await provider?.stop();
});

const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } });
const open = (secret: string, more: Record<string, string> = {}) =>
  PushClient.open(server.wsUrl, { headers: { ...bearer(secret).headers, ...more } });

async function ticketOf(secret: string): Promise<string> {
  const response = await fetch(`${server.url}/realtime/tickets`, { method: 'POST', ...bearer(secret) });
  expect(response.status).toBe(201);
  return ((await response.json()) as RealtimeTicket).ticket;
}

async function refusal(attempt: Promise<unknown>): Promise<[number, unknown]> {
  const error: unknown = await attempt.then(
    () => 'it was let in',
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpgradeRefused)) throw error;
  return [error.status, error.code];
}

describe('at the door', () => {
  it('nobody is let in without a token, with a wrong one, or with a role that has no business here', async () => {
    const { refused } = server.counters;
    expect(await refusal(PushClient.open(server.wsUrl))).toEqual([401, 'SLUICE-TOKEN-MISSING']);
    expect(await refusal(open('guess'))).toEqual([401, 'SLUICE-TOKEN-REFUSED']);
    expect(await refusal(open('scraper-secret'))).toEqual([403, 'SLUICE-ROLE-INSUFFICIENT']);
    expect(await refusal(PushClient.open(`${server.wsUrl}?ticket=guess`))).toEqual([401, 'SLUICE-TOKEN-REFUSED']);
    for (const path of ['events?namespace=shop.orders', 'documents/shop.orders?_id=1']) {
      expect((await fetch(`${server.url}/realtime/${path}`)).status).toBe(401);
    }
    await eventually(() => server.counters.refused === refused + 5); // each but the document's
  });

  it('a subscriber may do nothing else', async () => {
    for (const [path, method] of [
      ['/api-json', 'GET'],
      ['/realtime/tickets', 'POST'],
    ] as const) {
      expect((await fetch(`${server.url}${path}`, { method, ...bearer('page-secret') })).ok).toBe(true);
    }
    expect((await fetch(`${server.url}/api/v1/anything`, bearer('page-secret'))).status).toBe(404);
  });

  it('a ticket lets in once', async () => {
    const ticket = await ticketOf('page-secret');
    const client = await PushClient.open(`${server.wsUrl}?ticket=${ticket}`);
    await client.subscribe('s', { namespace: 'shop.orders' });
    expect(await refusal(PushClient.open(`${server.wsUrl}?ticket=${ticket}`))).toEqual([401, 'SLUICE-TOKEN-REFUSED']);
    client.cut();
  });

  it('an event stream that came with a ticket finds back after a cut, at another replica too, and nobody else does', async () => {
    const other = await PushServer.start(environment);
    const query = `namespace=shop.notes&ticket=${await ticketOf('page-secret')}`;
    const [here, there] = [server, other].map(({ url }) => `${url}/realtime/events?${query}`) as [string, string];
    const tell = (n: number) => [server, other].forEach(({ feed }) => feed.tell(make.anInsert('shop.notes', { n })));
    const seen: unknown[] = [];
    let client = await SseClient.open(here);
    for (const [n, url] of [there, here, there].entries()) {
      await eventually(() => client.of('subscribed').length === 1);
      tell(n);
      await eventually(() => client.of('event').length === 1);
      seen.push(client.events.flatMap(({ data }) => (data.type === 'event' ? data.event.fullDocument?.['n'] : [])));
      client = await client.comeBack(url);
    }
    expect(seen).toEqual([[0], [1], [2]]);
    client = await client.comeBack(here); // cut before anything has come
    tell(3);
    await eventually(() => client.of('event').length === 1);
    const id = client.lastEventId ?? '';
    const [cursor = '', key = ''] = id.split('~');
    for (const [url, brought] of [
      [here, {}],
      [there, { 'last-event-id': cursor }],
      [there, { 'last-event-id': `${cursor}~${key.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}` }],
      [here.replace('shop.notes', 'shop.orders'), { 'last-event-id': id }],
      [here.replace(/ticket=.*/, `ticket=${'A'.repeat(43)}`), { 'last-event-id': id }],
    ] as const) {
      await expect(SseClient.open(url, brought)).rejects.toThrow('refused with 401');
    }
    expect(await refusal(PushClient.open(`${server.wsUrl}?${query}`))).toEqual([401, 'SLUICE-TOKEN-REFUSED']);
    const another = await SseClient.open(
      `${server.url}/realtime/events?namespace=shop.notes&from=${encodeURIComponent(id)}&ticket=${await ticketOf('page-secret')}`,
    );
    await eventually(() => another.of('subscribed').length === 1);
    await server.db.collection('realtimeTickets').updateMany({}, { $set: { expiresAt: new Date() } });
    await expect(client.comeBack(there)).rejects.toThrow('refused with 401'); // was away for too long
    another.close();
    await other.stop();
  });

  it('a HEAD is answered as its GET would be, and takes neither the ticket nor a place', async () => {
    const ticket = await ticketOf('page-secret');
    const head = async (query: string) => {
      const response = await fetch(`${server.url}/realtime/events?${query}&ticket=${ticket}`, { method: 'HEAD' });
      return [response.status, response.headers.get('content-type')];
    };
    for (let each = 0; each < 13; each += 1) {
      expect(await head('namespace=shop.notes')).toEqual([200, 'text/event-stream; charset=utf-8']);
    }
    expect(await head('namespace=shop.carts')).toEqual([403, 'application/problem+json; charset=utf-8']);
    const client = await SseClient.open(`${server.url}/realtime/events?namespace=shop.notes&ticket=${ticket}`);
    await eventually(() => client.of('subscribed').length === 1);
    expect((await head('namespace=shop.notes'))[0]).toBe(401);
    client.close();
  });

  it('a page of another origin is let in only if it is listed, whatever it brings', async () => {
    const foreign = { origin: 'https://evil.example' };
    expect(await refusal(open('page-secret', foreign))).toEqual([403, 'SLUICE-REALTIME-ORIGIN-FORBIDDEN']);
    expect(await refusal(open('page-secret', { origin: 'null' }))).toEqual([403, 'SLUICE-REALTIME-ORIGIN-FORBIDDEN']);
    for (const origin of ['https://shop.example', server.url]) (await open('page-secret', { origin })).cut();
    const events = `${server.url}/realtime/events?namespace=shop.orders`;
    const refused = await fetch(events, { headers: { ...bearer('page-secret').headers, ...foreign } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const listed = await SseClient.open(events, { ...bearer('page-secret').headers, origin: 'https://shop.example' });
    expect(listed.headers['access-control-allow-origin']).toBe('https://shop.example');
    listed.close();
  });

  it('a token has so many connections and no more; the place of one that went is free', async () => {
    const clients = await Promise.all(Array.from({ length: 12 }, () => open('many-secret')));
    expect(await refusal(open('many-secret'))).toEqual([429, 'SLUICE-REALTIME-CONNECTIONS-FULL']);
    (await open('crew-secret')).cut();
    clients[0]?.cut();
    await eventually(async () => {
      const again = await open('many-secret').catch(() => undefined);
      again?.cut();
      return again !== undefined;
    });
    for (const client of clients) client.cut();
  });

  it('a token has as many tickets in 30 s as connections, and is told when to ask again; others have theirs', async () => {
    const ask = () => fetch(`${server.url}/realtime/tickets`, { method: 'POST', ...bearer('many-secret') });
    const answers = await Promise.all(Array.from({ length: 60 }, ask));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 201).length).toBe(answers.length - refused.length);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(12);
    expect(await refused[0]?.json()).toMatchObject({ code: 'SLUICE-REALTIME-TICKETS-THROTTLED' });
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await ticketOf('crew-secret');
  });
});

describe('what a token sees', () => {
  it.each([
    ['a namespace that is not granted', { namespace: 'shop.carts' }, 'NAMESPACE-FORBIDDEN'],
    [
      'an operation that is not granted',
      { namespace: 'shop.orders', operations: ['replace' as const] },
      'OPERATION-FORBIDDEN',
    ],
    ['a field that is hidden', { namespace: 'shop.orders', fields: ['total'] }, 'FIELD-FORBIDDEN'],
    ['a comparison with a hidden field', { namespace: 'shop.orders', where: { total: 5 } }, 'FIELD-FORBIDDEN'],
    [
      'a comparison with a document that is shown in part',
      { namespace: 'shop.orders', where: { customer: { name: 'a' } } },
      'FIELD-FORBIDDEN',
    ],
    [
      'a snapshot of a namespace that is not granted',
      { namespace: 'shop.carts', snapshot: true },
      'NAMESPACE-FORBIDDEN',
    ],
    [
      'a past of a namespace that is not granted',
      { namespace: 'shop.carts', from: '2026-01-01T00:00:00Z' },
      'NAMESPACE-FORBIDDEN',
    ],
  ])('%s is refused, and says what is granted', async (_, asked, code) => {
    const client = await open('page-secret');
    client.send({ type: 'subscribe', id: 's', ...asked });
    await eventually(() => client.of('error').length === 1);
    expect(client.of('error')[0]).toMatchObject({ id: 's', code: `SLUICE-REALTIME-${code}` });
    expect(client.of('error')[0]?.message).toMatch(/granted: /);
    client.cut();
  });

  it('events, leaves and links show what is granted and nothing else', async () => {
    const client = await open('page-secret');
    await client.subscribe('s', { namespace: 'shop.orders', where: { status: 'open' } });
    const customer = { name: 'Ann', card: '4111' };
    server.feed.tell(make.anInsert('shop.orders', { _id: 1, status: 'open', total: 5, customer }));
    const changes = {
      updatedFields: { total: 6, 'customer.card': '5', 'customer.name': 'Bob' },
      removedFields: ['card'],
    };
    const fullDocument = { _id: 1, status: 'open', customer };
    server.feed.tell(make.anUpdate('shop.orders', { _id: 1, region: 'hidden' }, { ...changes, fullDocument }));
    server.feed.tell(make.aReplace('shop.orders', { _id: 1, status: 'open' }));
    server.feed.tell(make.aDelete('shop.orders', { _id: 1, region: 'hidden' }));
    await eventually(() => client.of('leave').length === 1);
    const [inserted, updated, ...more] = client.of('event').map(({ event }) => event);
    expect(inserted?.fullDocument).toEqual({ _id: 1, status: 'open', customer: { name: 'Ann' } });
    expect(updated?.updateDescription).toEqual({ updatedFields: { 'customer.name': 'Bob' }, removedFields: [] });
    expect(updated?.documentKey).toEqual({ _id: 1 });
    expect(more).toEqual([]);
    expect(client.of('leave')[0]?.documentKey).toEqual({ _id: 1 });
    expect(JSON.stringify(client.messages)).not.toMatch(/4111|hidden|total/);
    client.cut();
  });

  it('a resume shows no more than being there did', async () => {
    const start = server.feed.head;
    server.feed.tell(make.anInsert('shop.orders', { _id: 2, status: 'open', total: 5 }));
    server.feed.tell(make.anInsert('shop.carts', { _id: 3 }));
    const client = await open('page-secret');
    await client.subscribe('s', { namespace: 'shop.orders', from: start });
    await eventually(() => client.of('event').length === 1);
    expect(client.of('event')[0]?.event.fullDocument).toEqual({ _id: 2, status: 'open' });
    client.cut();
  });

  it('snapshots and documents by a link are cut to the same', async () => {
    const db = server.database('shop-push-access');
    await db.collection<{ _id: number }>('orders').insertOne({ _id: 7, status: 'open', total: 5 } as { _id: number });
    const asked = `${server.url}/realtime/documents/${db.databaseName}.orders`;
    const shown = await fetch(`${asked}?_id=7`, bearer('ops-secret'));
    expect(await shown.json()).toEqual({ documentKey: { _id: 7 }, fullDocument: { _id: 7, status: 'open', total: 5 } });
    const part = await fetch(`${asked}?_id=7&fields=total`, bearer('ops-secret'));
    expect(await part.json()).toEqual({ documentKey: { _id: 7 }, fullDocument: { total: 5 } });
    const other = await fetch(`${asked}?_id=7&where={"status":"closed"}`, bearer('ops-secret'));
    expect([other.status, await other.json()]).toMatchObject([404, { code: 'SLUICE-REALTIME-DOCUMENT-UNKNOWN' }]);
    expect((await fetch(`${asked}?_id=7`, bearer('page-secret'))).status).toBe(403);
    const ticketed = `${asked}?_id=7&ticket=${await ticketOf('ops-secret')}`;
    const head = await fetch(ticketed, { method: 'HEAD' });
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET, OPTIONS']);
    expect((await fetch(ticketed)).status).toBe(200);
    expect((await fetch(`${asked}?_id={`, bearer('ops-secret'))).status).toBe(400);
    await db.dropDatabase();
  });

  it('a JWT may hold its grants itself', async () => {
    const jwt = await provider.jwt({
      sub: 'ann@example',
      role: 'subscriber',
      sluice: { grants: [{ namespaces: ['shop.jwt'] }] },
    });
    const client = await open(jwt);
    await client.subscribe('s', { namespace: 'shop.jwt' });
    client.send({ type: 'subscribe', id: 'other', namespace: 'shop.orders' });
    await eventually(() => client.of('error').length === 1);
    client.cut();
  });
});

describe('what is taken back', () => {
  it('a JWT that has run out ends its connection', async () => {
    expect(await expiring.closing()).toMatchObject({ code: 4401 });
  });

  it('a grant that is cut ends its subscriptions, or what they show; a file that is broken changes nothing', async () => {
    const client = await open('page-secret');
    await client.subscribe('orders', { namespace: 'shop.orders' });
    await client.subscribe('notes', { namespace: 'shop.notes' });
    writeFileSync(grantsFile, 'grants: nonsense');
    writeFileSync(grantsFile, 'grants: [{ to: [page], namespaces: [shop.orders], fields: [status] }]');
    await eventually(() => client.of('error').length === 1);
    expect(client.of('error')[0]).toMatchObject({ id: 'notes', code: 'SLUICE-REALTIME-NAMESPACE-FORBIDDEN' });
    server.feed.tell(make.anInsert('shop.notes', { _id: 8 }));
    server.feed.tell(make.anInsert('shop.orders', { _id: 9, status: 'open', customer: { name: 'Ann' } }));
    await eventually(() => client.of('event').length === 1);
    expect(client.of('event')[0]).toMatchObject({ id: 'orders', event: { fullDocument: { _id: 9, status: 'open' } } });
    expect(client.of('event')[0]?.event.fullDocument).not.toHaveProperty('customer');
    client.cut();
  });

  it('a token that is taken back ends its connections, those by a ticket too, and the others stay', async () => {
    const page = await open('page-secret');
    const ticketed = await PushClient.open(`${server.wsUrl}?ticket=${await ticketOf('page-secret')}`);
    const ops = await open('ops-secret');
    const unused = await ticketOf('page-secret');
    const address = `${server.url}/realtime/events?namespace=shop.orders&ticket=${await ticketOf('page-secret')}`;
    const stream = await SseClient.open(address);
    await eventually(() => stream.of('subscribed').length === 1);
    writeFileSync(tokensFile, `${tokenEntry('crew', 'viewer', 'crew-secret')}\n`);
    expect([(await page.closing()).code, (await ticketed.closing()).code]).toEqual([4401, 4401]);
    expect(await refusal(open('page-secret'))).toEqual([401, 'SLUICE-TOKEN-REFUSED']);
    expect(await refusal(PushClient.open(`${server.wsUrl}?ticket=${unused}`))).toEqual([401, 'SLUICE-TOKEN-REFUSED']);
    await eventually(() => stream.hasEnded);
    await expect(stream.comeBack(address)).rejects.toThrow('refused with 401');
    expect(ops.closed).toBe(undefined);
    ops.cut();
  });
});
