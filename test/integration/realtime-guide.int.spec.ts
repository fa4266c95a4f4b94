import { readFile } from 'node:fs/promises';
import { RealtimeClient, ticketsFrom, type LiveCollection } from '@sluice/realtime-client';
import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { availableIn, snippetsOf, words } from '../docs/guide.snippets.js';
import { GatewayFixture } from '../harness/gateway.fixture.js';

const GUIDE = new URL('../../docs/realtime.md', import.meta.url);

export function connect(url: string, token: string): RealtimeClient {
  return new RealtimeClient({ url, ticket: ticketsFrom(`${url}/tickets`, token) });
}

export function connectFromNode(url: string, token: string): RealtimeClient {
  class AuthorizedWebSocket extends WebSocket {
    constructor(address: string) {
      super(address, { headers: { Authorization: `Bearer ${token}` } });
    }
  }
  return new RealtimeClient({ url, WebSocket: AuthorizedWebSocket });
}

interface Order {
  readonly status: string;
  readonly total: number;
}

export async function showOpenOrders(client: RealtimeClient, show: (line: string) => void): Promise<void> {
  for await (const item of client.subscribe<Order>({ namespace: 'shop.orders', where: { status: 'open' } })) {
    if (item.type === 'event') show(`${item.event.operation} ${item.event.fullDocument?.total}`);
    if (item.type === 'leave') show('one is no longer open');
    if (item.type === 'gap') show(`some changes may be missing (${item.reason})`);
  }
}

interface CursorStore {
  load(): Promise<string | undefined>;
  save(cursor: string): Promise<void>;
}

export async function countOrders(client: RealtimeClient, cursors: CursorStore, count: () => void): Promise<void> {
  const cursor = await cursors.load();
  const orders = client.subscribe({ namespace: 'shop.orders', operations: ['insert'], from: cursor ?? 'now' });
  await orders.forEach(async (item) => {
    if (item.type === 'event') count();
    if (item.cursor !== undefined) await cursors.save(item.cursor);
  });
}

export function keepOpenOrders(client: RealtimeClient, render: (orders: Order[]) => void): LiveCollection<Order> {
  const orders = client.liveCollection<Order>({ namespace: 'shop.orders', where: { status: 'open' } });
  orders.onChange(() => render([...orders.documents.values()]));
  return orders;
}

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await GatewayFixture.start();
});
afterEach(() => gateway.stop());

const subscribed = (times = 1) => eventually(() => gateway.requests.length >= times);

describe('the guide to live push', () => {
  it('shows open orders until its client is closed', async () => {
    const client = connectFromNode(gateway.url, 'a-token');
    const lines: string[] = [];
    const showing = showOpenOrders(client, (line) => lines.push(line));
    await subscribed();
    gateway.write(1, { status: 'open', total: 5 });
    gateway.write(1, { status: 'paid' });
    gateway.lose(2, { status: 'open', total: 7 });
    await eventually(() => lines.length === 3);
    expect(lines).toEqual(['insert 5', 'one is no longer open', 'some changes may be missing (overtaken)']);
    expect(gateway.authorizations).toEqual(['Bearer a-token']);
    client.close();
    await showing;
  });

  it('counts every order once, over two runs of the service', async () => {
    let kept: string | undefined;
    const cursors = { load: async () => kept, save: async (cursor: string) => void (kept = cursor) };
    const counted = vi.fn();
    for (const run of [1, 2]) {
      const client = connectFromNode(gateway.url, 'a-token');
      const counting = countOrders(client, cursors, counted);
      await subscribed(run);
      gateway.write(run, { status: 'open' });
      await eventually(() => counted.mock.calls.length === 2 * run - 1);
      client.close();
      await counting;
      gateway.write(`meanwhile ${run}`, { status: 'open' });
    }
    expect(counted).toHaveBeenCalledTimes(3);
  });

  it('keeps open orders as they are', async () => {
    gateway.write(1, { status: 'open', total: 5 });
    gateway.write(2, { status: 'paid', total: 6 });
    const client = connectFromNode(gateway.url, 'a-token');
    const render = vi.fn<(orders: Order[]) => void>();
    const orders = await keepOpenOrders(client, render).ready();
    gateway.write(2, { status: 'open' });
    gateway.write(1, { status: 'paid' });
    await eventually(() => render.mock.calls.length === 3);
    expect(render.mock.calls.map(([rendered]) => rendered.map(({ total }) => total))).toEqual([[5], [5, 6], [6]]);
    orders.close();
    client.close();
  });

  it('brings a ticket for the token', async () => {
    const fetched = vi.fn(() => Promise.resolve(Response.json({ ticket: 'a-ticket' }, { status: 201 })));
    vi.stubGlobal('fetch', fetched);
    vi.stubGlobal('WebSocket', WebSocket);
    const client = connect(gateway.url, 'a-token');
    client.subscribe({ namespace: 'shop.orders' });
    await subscribed();
    expect(gateway.addresses).toEqual(['/realtime?ticket=a-ticket']);
    const headers = { Authorization: 'Bearer a-token' };
    expect(fetched).toHaveBeenCalledWith(`${gateway.url}/tickets`, { method: 'POST', headers });
    client.close();
    vi.unstubAllGlobals();
  });

  it('holds no snippet that is not run here', async () => {
    const snippets = snippetsOf(await readFile(GUIDE, 'utf8'));
    const source = await readFile(new URL(import.meta.url), 'utf8');
    expect(snippets.length).toBeGreaterThanOrEqual(5);
    for (const { code, imports } of snippets) {
      for (const part of code.split(/(?=export |interface )/)) expect(words(source)).toContain(part.trim());
      for (const imported of imports) expect(availableIn(source)).toContain(imported);
    }
  });
});
