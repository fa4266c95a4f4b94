import { setImmediate as turn } from 'node:timers/promises';
import { REALTIME_CLOSE, type RealtimeDocument } from '@sluice/contracts';
import {
  CLIENT_ERROR,
  keyOf,
  RealtimeClient,
  type LiveCollection,
  type RealtimeClientOptions,
  type RealtimeClock,
  type RealtimeItem,
  type Subscription,
} from '@sluice/realtime-client';
import { eventually } from '@sluice/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FIXTURE_NAMESPACE as namespace, GatewayFixture, matches } from '../harness/gateway.fixture.js';

interface Order extends RealtimeDocument {
  readonly _id: number;
  readonly status?: string;
  readonly n?: number;
}

let gateway: GatewayFixture;
let clients: RealtimeClient[];
beforeEach(async () => {
  clients = [];
  gateway = await GatewayFixture.start();
});
afterEach(async () => {
  for (const client of clients) client.close();
  await gateway.stop();
});

/** A collection waits up to a second after each gap; here a hundredth of that. */
const soon: RealtimeClock = {
  now: () => Date.now(),
  random: () => Math.random() / 100,
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

function aClient(options: Partial<RealtimeClientOptions> = {}, url = gateway.url): RealtimeClient {
  const client = new RealtimeClient({
    url,
    WebSocket,
    reconnect: { initialDelayMs: 2, maxDelayMs: 10 },
    ...options,
  });
  clients.push(client);
  return client;
}

/** What a subscription has given so far, and how it ended. */
function followed<T>(subscription: Subscription<T>, each: () => Promise<unknown> = async () => undefined) {
  const seen = { items: [] as RealtimeItem<T>[], end: undefined as unknown };
  const listener = async (item: RealtimeItem<T>): Promise<void> => {
    seen.items.push(item);
    await each();
  };
  void subscription.forEach(listener).then(
    () => (seen.end = 'closed'),
    (error: unknown) => (seen.end = error),
  );
  return seen;
}

const ids = (items: readonly RealtimeItem<unknown>[]) =>
  items.flatMap((item) => (item.type === 'event' ? [item.event.id] : [item.type]));
const subscribed = (times = 1) =>
  eventually(() => gateway.requests.filter(({ type }) => type === 'subscribe').length >= times);

describe('a subscription', () => {
  it('gives events, leaves and gaps in order, typed, and resumes behind what it has had after a cut', async () => {
    const subscription = aClient().subscribe<Order>({ namespace, where: { status: 'open' } });
    const seen = followed(subscription);
    await subscribed();
    gateway.write(1, { status: 'open', n: 1 });
    gateway.write(2, { status: 'paid' });
    gateway.write(1, { status: 'paid' });
    gateway.lose(3, { status: 'open' });
    await eventually(() => seen.items.length === 3);
    gateway.cut();
    gateway.write(1, { status: 'open', n: 2 });
    await eventually(() => seen.items.length === 4);

    expect(ids(seen.items)).toEqual(['e0', 'leave', 'gap', 'e4']);
    const totals = seen.items.map((item) => (item.type === 'event' ? item.event.fullDocument?.n : null));
    expect(totals).toEqual([1, null, null, 2]);
    expect(gateway.requests.at(-1)).toMatchObject({ from: (seen.items[2] as { cursor: string }).cursor });
  });

  it('goes on from a heartbeat, so that a quiet one does not outlive the retention', async () => {
    const subscription = aClient().subscribe({ namespace, where: { status: 'open' } });
    const seen = followed(subscription);
    await subscribed();
    gateway.write(1, { status: 'paid' });
    const before = subscription.cursor;
    gateway.heartbeat();
    await eventually(() => subscription.cursor !== before);
    gateway.expire();
    gateway.cut();
    await subscribed(2);
    gateway.write(2, { status: 'open' });
    await eventually(() => seen.items.length > 0);
    expect(ids(seen.items)).toEqual(['e1']);
  });

  it('tells a gap where the retention has passed meanwhile', async () => {
    const client = aClient();
    const seen = followed(client.subscribe({ namespace }));
    await subscribed();
    client.disconnect();
    gateway.write(1, {});
    gateway.expire();
    gateway.write(2, {});
    client.connect();
    await eventually(() => seen.items.length === 2);
    expect(ids(seen.items)).toEqual(['gap', 'e1']);
  });

  it('is resumed in another process by the cursor of what has been handled, not of what only has come', async () => {
    const subscription = aClient().subscribe({ namespace });
    let finish = (): void => undefined;
    const seen = followed(subscription, () => new Promise<void>((resolve) => (finish = resolve)));
    await subscribed();
    for (const n of [0, 1, 2]) gateway.write(n, {});
    await eventually(() => seen.items.length === 1);
    finish();
    await eventually(() => seen.items.length === 2);
    await turn();
    const from = subscription.cursor;
    expect(from).toBe((seen.items[0] as { cursor: string }).cursor);
    const other = followed(aClient().subscribe({ namespace, ...(from === undefined ? {} : { from }) }));
    await eventually(() => other.items.length === 2);
    expect(ids(other.items)).toEqual(['e1', 'e2']);
  });

  it('that is refused ends with the code of the server, and the others go on', async () => {
    const client = aClient();
    const [refused, other] = [followed(client.subscribe({ namespace })), followed(client.subscribe({ namespace }))];
    await subscribed(2);
    const [{ id = '' } = {}] = gateway.requests;
    gateway.send({ type: 'error', id, code: 'SLUICE-REALTIME-NAMESPACE-FORBIDDEN', message: 'not for this token' });
    await eventually(() => refused.end);
    expect(refused.end).toMatchObject({ code: 'SLUICE-REALTIME-NAMESPACE-FORBIDDEN', message: 'not for this token' });
    gateway.write(1, {});
    await eventually(() => other.items.length === 1);
    expect([refused.items, gateway.requests.length]).toEqual([[], 2]);
  });

  it('that cannot be served for the moment is asked for again', async () => {
    const seen = followed(aClient().subscribe({ namespace }));
    await subscribed();
    const [{ id = '' } = {}] = gateway.requests;
    gateway.send({ type: 'error', id, code: 'SLUICE-REALTIME-UNAVAILABLE', message: 'the broker is away' });
    await subscribed(2);
    gateway.write(1, {});
    await eventually(() => seen.items.length === 1);
    expect(ids(seen.items)).toEqual(['e0']);
  });

  it('ends for good when the server refuses its message, with every other one of the client', async () => {
    const client = aClient();
    const seen = [followed(client.subscribe({ namespace })), followed(client.subscribe({ namespace }))];
    await subscribed(2);
    gateway.close(REALTIME_CLOSE.invalidMessage, 'no such field');
    await eventually(() => seen.every(({ end }) => end !== undefined));
    for (const { end } of seen) expect(end).toMatchObject({ code: CLIENT_ERROR.refused });
    expect(client.state).toBe('closed');
    await expect(client.subscribe({ namespace }).next()).rejects.toMatchObject({ code: CLIENT_ERROR.closed });
  });

  it('asks for a new ticket with each connection, also after 4401', async () => {
    let tickets = 0;
    const client = aClient({ ticket: async () => `t ${(tickets += 1)}` });
    followed(client.subscribe({ namespace }));
    await subscribed();
    gateway.close(REALTIME_CLOSE.accessEnded);
    await subscribed(2);
    expect(gateway.addresses).toEqual(['/realtime?ticket=t%201', '/realtime?ticket=t%202']);
  });

  it('takes a connection that says nothing for dead', async () => {
    gateway.heartbeatMs = 20;
    const seen = followed(aClient({ timeoutMs: 1_000 }).subscribe({ namespace }));
    await subscribed();
    gateway.isSilent = true;
    gateway.write(1, {});
    await eventually(() => gateway.addresses.length > 1);
    gateway.isSilent = false;
    await eventually(() => seen.items.length === 1);
    expect(ids(seen.items)).toEqual(['e0']);
  });

  it('that is left by its reader is ended at the server', async () => {
    const client = aClient();
    const subscription = client.subscribe({ namespace });
    const first = (async () => {
      for await (const item of subscription) return item;
      return undefined;
    })();
    await subscribed();
    gateway.write(1, {});
    expect(await first).toMatchObject({ type: 'event' });
    await eventually(() => gateway.requests.some(({ type }) => type === 'unsubscribe'));
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });
});

/** Everything that may happen, in any order. */
const orderId = fc.nat(4);
const status = fc.constantFrom('open', 'paid');
const harmless = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('write' as const), orderId, status, n: fc.nat(9), bare: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), orderId }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), after: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('heartbeat' as const, 'pause' as const, 'drop' as const) }) },
);
const harmful = fc.oneof(
  { weight: 8, arbitrary: harmless },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), orderId, status }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);
type Step = typeof harmful extends fc.Arbitrary<infer S> ? S : never;

async function happen(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step.do === 'write')
      gateway.write(step.orderId, { status: step.status, n: step.n }, { withoutLookup: step.bare });
    else if (step.do === 'delete') gateway.delete(step.orderId);
    else if (step.do === 'lose') gateway.lose(step.orderId, { status: step.status });
    else if (step.do === 'cut') gateway.cut(step.after);
    else if (step.do === 'pause') await new Promise((resolve) => setTimeout(resolve, 3));
    else gateway[step.do]();
    await turn();
  }
}

/** A last document that matches, of which everybody is told: whoever has it has everything before it. */
function last(): void {
  gateway.write(99, { status: 'open', n: 0 });
}

describe('whatever happens', () => {
  it('every reader, however slow, has exactly the matching changes, in order, once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(harmless, { maxLength: 60 }), fc.boolean(), async (steps, isSlow) => {
        const client = aClient(isSlow ? { bufferBytes: 600 } : {});
        const wait = async () => (isSlow ? turn() : undefined);
        const first = gateway.log.length;
        const everything = client.subscribe<Order>({ namespace });
        const matching = client.subscribe<Order>({ namespace, where: { status: 'open' } });
        const [all, open] = [followed(everything, wait), followed(matching, wait)];
        // Begun at the gateway, where requests of the client before may still come in.
        await eventually(() => everything.cursor !== undefined && matching.cursor !== undefined);
        await happen(steps);
        last();
        const told = gateway.log.slice(first);
        const marker = told.at(-1)?.event?.id;
        await eventually(() => [all, open].every(({ items }) => ids(items).at(-1) === marker));

        expect(ids(all.items)).toEqual(told.map(({ event }) => event?.id));
        const expected = told.flatMap(({ before, after, event }) => {
          const was = before !== undefined && matches(before, { status: 'open' });
          if (event?.documentKey === undefined || (after ? matches(after, { status: 'open' }) : was))
            return [event?.id];
          return was ? ['leave'] : [];
        });
        expect(ids(open.items)).toEqual(expected);
        client.close();
      }),
      { numRuns: 25 },
    );
  });

  it('a live collection is exactly the documents that match', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(harmful, { maxLength: 60 }), async (steps) => {
        const client = aClient({ clock: soon });
        const all = client.liveCollection<Order>({ namespace });
        const open = client.liveCollection<Order>({ namespace, where: { status: 'open' } });
        await happen(steps);
        gateway.delete(99);
        last();
        const hasLast = ({ documents }: LiveCollection<Order>) => documents.has('99');
        await eventually(() => [all, open].every((each) => hasLast(each) && each.isCurrent));
        const found = ({ documents }: LiveCollection<Order>) => Object.fromEntries(documents);
        await eventually(() => {
          expect(found(all)).toEqual(truth({}));
          expect(found(open)).toEqual(truth({ status: 'open' }));
          return true;
        });
        client.close();
      }),
      { numRuns: 40 },
    );
  });
});

function truth(where: RealtimeDocument): Record<string, RealtimeDocument> {
  const documents = [...gateway.documents.values()].filter((document) => matches(document, where));
  return Object.fromEntries(documents.map((document) => [keyOf(document), document]));
}
