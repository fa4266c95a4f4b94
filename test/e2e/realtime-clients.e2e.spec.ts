import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RealtimeMessage } from '@sluice/contracts';
import { RealtimeClient } from '@sluice/realtime-client';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { ForeignProcess, hasClient, itWith, pathOf } from '../harness/foreign.clients.js';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

/** So little is kept that a test can write more. */
const KEPT_BYTES = 1_048_576;
const KEPT = String(KEPT_BYTES);
const REALTIME = { REALTIME: 'on', REALTIME_RETENTION_BYTES: KEPT, REALTIME_MEMORY_BYTES: KEPT };
const SUBSCRIBE_PY = fileURLToPath(new URL('./fixtures/clients/subscribe.py', import.meta.url));

let system: RunningSystem;
let url: string;
let namespace: string;
/** Distinct for every document of this file. */
let last = 0;
beforeAll(async () => {
  system = await aRunningSystem({ consumerEnv: REALTIME });
  url = await system.consumer.url();
  namespace = `${system.database}.orders`;
});
afterAll(() => system.stop());

/** Inserts some orders one after the other; answers their numbers. */
async function write(count: number): Promise<number[]> {
  const numbers = Array.from({ length: count }, () => (last += 1));
  for (const n of numbers) await system.db.collection<{ _id: number }>('orders').insertOne({ _id: n });
  return numbers;
}

/** In pieces that are each read before the next: a broker that gives up what is not read yet is another story. */
async function writeMoreThanIsKept(): Promise<void> {
  const client = new RealtimeClient({ url: `${url}/realtime`, WebSocket });
  let read = 0;
  const others = client.subscribe({ namespace: `${system.database}.others` });
  const reading = others.forEach(() => void (read += 1));
  await system.eventually(() => others.cursor !== undefined);
  for (let written = 0; written < 3 * KEPT_BYTES; written += 50 * 8_000) {
    const documents = Array.from({ length: 50 }, () => ({ text: 'x'.repeat(8_000) }));
    const { insertedCount } = await system.db.collection('others').insertMany(documents);
    const before = written / 8_000;
    await system.eventually(() => read === before + insertedCount);
  }
  client.close();
  await reading;
}

type EventMessage = Extract<RealtimeMessage, { type: 'event' }>;
const eventsIn = (messages: readonly RealtimeMessage[]) =>
  messages.filter((message): message is EventMessage => message.type === 'event');
const keysIn = (messages: readonly RealtimeMessage[]) =>
  eventsIn(messages).map(({ event }) => event.documentKey?.['_id']);

describe('a client that others wrote', () => {
  let client: ForeignProcess;
  afterEach(() => client.kill());

  itWith('python', 'websockets for Python gets every change, and goes on from its cursor', async () => {
    const start = (...cursor: string[]) =>
      new ForeignProcess('python', [SUBSCRIBE_PY, `${url.replace('http', 'ws')}/realtime`, namespace, ...cursor]);
    const messages = () => client.lines.map((line) => JSON.parse(line) as RealtimeMessage);
    client = start();
    await system.eventually(() => messages().some(({ type }) => type === 'subscribed'));
    const first = await write(5);
    await system.eventually(() => keysIn(messages()).length === 5);
    expect(keysIn(messages())).toEqual(first);
    const cursor = eventsIn(messages())[2]?.cursor ?? '';
    await client.kill();
    const second = await write(3);
    client = start(cursor);
    await system.eventually(() => keysIn(messages()).length === 5);
    expect(keysIn(messages())).toEqual([...first.slice(3), ...second]);
  });

  itWith('curl', 'curl -N gets every change as a server-sent event, and goes on from its id', async () => {
    const address = `${url}/realtime/events?namespace=${encodeURIComponent(namespace)}`;
    const start = (...args: string[]) => new ForeignProcess('curl', ['--silent', '-N', ...args, address]);
    const dataOf = (line: string) => (line.startsWith('data:') ? [JSON.parse(line.slice(5)) as RealtimeMessage] : []);
    const messages = () => client.lines.flatMap(dataOf);
    client = start();
    await system.eventually(() => messages().some(({ type }) => type === 'subscribed'));
    const first = await write(5);
    await system.eventually(() => keysIn(messages()).length === 5);
    expect(keysIn(messages())).toEqual(first);
    const ids = client.lines.filter((line) => line.startsWith('id:')).map((line) => line.slice(3).trim());
    const { cursor } = eventsIn(messages())[2] as EventMessage; // five have come
    expect(ids).toContain(cursor);
    await client.kill();
    const second = await write(3);
    client = start('-H', `Last-Event-ID: ${cursor}`);
    await system.eventually(() => keysIn(messages()).length === 5);
    expect(keysIn(messages())).toEqual([...first.slice(3), ...second]);
  });
});

describe('in Chromium', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    if (!hasClient('chromium')) return;
    browser = await chromium.launch({ executablePath: pathOf('chromium'), args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.setDefaultTimeout(120_000); // a busy machine is no fault of the page
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A connection that is refused while the server is away is one, and is meant.
      if (message.type() === 'error' && !/ERR_CONNECTION|WebSocket/.test(message.text()))
        complaints.push(message.text());
    });
    await page.goto(`${url}/realtime/demo#namespace=${namespace}`);
    await isSubscribed();
  });
  afterAll(() => browser?.close());

  const stateIs = (state: string) => page.locator(`#state[data-state="${state}"]`).waitFor();
  /** Connected alone, the page has asked for events and documents, and may not have been heard. */
  const isSubscribed = () => page.locator('#documents-hint', { hasText: 'as they are now' }).waitFor();
  /** Keys of the events on the page, oldest first. */
  const shownEvents = async () =>
    (await page.locator('#events li[data-kind="insert"] .key').allTextContents()).reverse();
  const shownDocuments = () => page.locator('#documents .key').allTextContents();

  itWith('chromium', 'the demo page shows each change and the documents as they are, under its policy', async () => {
    const [events, documents] = [await shownEvents(), await shownDocuments()];
    const written = (await write(3)).map(String);
    await system.eventually(async () => (await shownEvents()).length === events.length + 3);
    expect(await shownEvents()).toEqual([...events, ...written]);
    await system.eventually(async () => (await shownDocuments()).length === documents.length + 3);
    expect(await shownDocuments()).toEqual([...documents, ...written]);
    expect(complaints).toEqual([]);
  });

  itWith('chromium', 'what happens while the connection is cut is caught up on when it is restored', async () => {
    const before = await shownEvents();
    await page.click('#cut');
    await stateIs('cut');
    const written = (await write(3)).map(String);
    await page.click('#restore');
    await system.eventually(async () => (await shownEvents()).length === before.length + 3);
    expect(await shownEvents()).toEqual([...before, ...written]);
  });

  itWith('chromium', 'the page and an EventSource survive kill -9 of the server, with everything once', async () => {
    const before = await shownEvents();
    await page.evaluate(`
      globalThis.seen = [];
      globalThis.source = new EventSource('/realtime/events?namespace=${namespace}');
      source.addEventListener('event', ({ data }) => seen.push(JSON.parse(data).event.documentKey._id));
      new Promise((resolve) => source.addEventListener('subscribed', resolve, { once: true }));
    `);
    const seen = () => page.evaluate<number[]>('seen');
    const first = await write(2);
    await system.eventually(async () => (await seen()).length === 2);
    await system.consumer.kill();
    await stateIs('reconnecting');
    const second = await write(3);
    system.startConsumer({ CONSUMER_HTTP_PORT: new URL(url).port });
    const all = [...first, ...second];
    await system.eventually(async () => (await seen()).length === 5);
    expect(await seen()).toEqual(all);
    await system.eventually(async () => (await shownEvents()).length === before.length + 5);
    expect(await shownEvents()).toEqual([...before, ...all.map(String)]);
    await stateIs('connected');
  });

  itWith(
    'chromium',
    'a page that was away for longer than the retention is told of a gap, and is right again',
    async () => {
      const gap = page.locator('#events li[data-kind="gap"]');
      await system.eventually(async () => {
        await page.click('#cut');
        await stateIs('cut');
        await writeMoreThanIsKept();
        await page.click('#restore');
        const [n] = await write(1);
        await system.eventually(async () => (await shownDocuments()).includes(String(n)));
        return (await gap.count()) > 0; // the broker gives up what is too much when it comes to it
      });
      expect(await gap.first().textContent()).toMatch(/may be missing \(retention\)/);
      const documents = await system.db.collection<{ _id: number }>('orders').countDocuments();
      await system.eventually(async () => (await shownDocuments()).length === Math.min(documents, 50));
    },
  );

  itWith('chromium', 'a server with tokens is asked for a ticket with the token that the page asks for', async () => {
    const grants = join(system.folder, 'grants.json');
    writeFileSync(grants, JSON.stringify({ grants: [{ roles: ['operator'], namespaces: [namespace] }] }));
    const access = { ADMIN_TOKEN: 'a-token-of-this-test', REALTIME_GRANTS_FILE: grants };
    const guarded = system.startApp('cdc-consumer', { ...REALTIME, ...access });
    await guarded.ready();
    await page.goto(`${await guarded.url()}/realtime/demo#namespace=${namespace}`);
    for (const [token, state] of [
      ['not-a-token-of-this-test', 'refused'],
      ['a-token-of-this-test', 'connected'],
    ] as const) {
      await page.locator('input[name="token"]').fill(token);
      await page.locator('button.main').click();
      await stateIs(state);
    }
    await isSubscribed();
    const [n] = await write(1);
    await system.eventually(async () => (await shownEvents()).includes(String(n)));
  });
});
