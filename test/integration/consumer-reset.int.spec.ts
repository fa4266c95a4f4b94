import type { ChangeEvent, GroupAudit, ReplaceEvent } from '@sluice/contracts';
import { FENCE_COLLECTION, INBOX_COLLECTION, positionKey } from '@sluice/contracts';
import { OnChange, OnDelete, OnInsert, OnReplace } from '@sluice/handlers';
import { EventBuilder, eventually } from '@sluice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';

/** What the handlers were given, in order. */
class OrdersHandler {
  readonly calls: string[] = [];

  @OnReplace('shop.orders', { once: true })
  replaced({ fullDocument }: ReplaceEvent<{ version?: number }>): void {
    this.calls.push(`version ${fullDocument.version}`);
  }

  @OnInsert('shop.markers')
  marked(): void {
    this.calls.push('marker');
  }

  @OnDelete('shop.orders', { once: true })
  deleted(): void {
    this.calls.push('deleted');
  }

  @OnChange({ namespace: 'shop.*', operations: ['drop'] })
  dropped(): void {
    this.calls.push('dropped');
  }
}

let system: ConsumerSystem;
let consumer: TestConsumer;
const handler = new OrdersHandler();
const stream = new EventBuilder();
let events: ChangeEvent[];
beforeAll(async () => {
  system = await ConsumerSystem.open();
  consumer = await system.consumer({ handlers: [handler], env: { PARTITIONS: '1' } });
  const replace = (version: number) => stream.aReplace('shop.orders', { _id: 1, version });
  events = [replace(1), replace(2), replace(3), stream.aDelete('shop.orders', 1), stream.aDrop('shop.orders')];
});
afterAll(() => system.close());

const ALL = ['version 1', 'version 2', 'version 3', 'deleted', 'dropped'];
const positionOf = (index: number) => {
  const event = events[index];
  if (event === undefined) throw new Error(`there is no event ${index}`);
  return positionKey(event.position);
};
const second = () => positionOf(1);
const reset = (over: object = {}, query = '') =>
  consumer.post(`/api/v1/groups/mirror/reset${query}`, {
    ...{ stream: events[0]?.stream, from: second(), by: 'ann', reason: 'the discounts were lost' },
    ...over,
  });
/** Two handlers have a version each of the one document. */
const counts = { inboxEntries: 3, fences: 2, controlEvents: 1 };

/**
 * Sends them again, as after a rewind: one generation on. The last is a drop, which the marker is behind. Answers what was
 * handled of them.
 */
async function again(sent: readonly ChangeEvent[]): Promise<string[]> {
  handler.calls.length = 0;
  const rewound = sent.map(({ position, ...event }) => ({
    ...event,
    position: { ...position, generation: position.generation + 1 },
  })) as ChangeEvent[];
  await system.broker.publish(...rewound, stream.anInsert('shop.markers', {}));
  await eventually(() => handler.calls.includes('marker'));
  return handler.calls.filter((call) => call !== 'marker');
}

it('is asked for while the group handles: refused with what to do, and counted all the same by a dry run', async () => {
  await system.broker.publish(...events);
  await eventually(() => handler.calls.length === ALL.length);
  expect(handler.calls).toEqual(ALL);
  expect(await again(events), 'a repeat that nobody wants').toEqual([]);
  expect(await reset()).toMatchObject({
    status: 409,
    body: { code: 'SLUICE-GROUP-CHANGE-REFUSED', detail: expect.stringContaining('/pause, then ask again') },
  });
  expect(await reset({}, '?dryRun=true')).toMatchObject({ status: 200, body: { isApplied: false, ...counts } });
  expect(await again(events), 'a dry run changes nothing').toEqual([]);
});

it('tells which handlers have dealt with an event, and who has the partition', async () => {
  const { id, stream: name } = events[0] ?? {};
  const { status, body } = await consumer.get(`/api/v1/inbox?eventId=${id}`);
  expect(status).toBe(200);
  const entry = { group: 'mirror', handler: 'OrdersHandler.replaced', stream: name, connection: 'default' };
  expect(body).toEqual({
    eventId: id,
    entries: [{ ...entry, position: positionOf(0), handledAt: expect.stringMatching(/^20.*Z$/) }],
  });
  expect((await consumer.get('/api/v1/inbox?eventId=unheard-of')).body).toMatchObject({ entries: [] });
  const { queues, members } = await consumer.group();
  expect(queues).toEqual([
    {
      name: system.queue(0),
      partition: 0,
      messages: 0,
      consumers: 1,
      holder: members[0]?.id,
      oldestEventAgeSeconds: null,
    },
  ]);
});

it('opens the range, is finished by a repeat where it was killed half-way, and is audited', async () => {
  await consumer.post('/api/v1/groups/mirror/pause', { by: 'ann', reason: 'reset' });
  await system.withState(async (state) => {
    await state.collection(INBOX_COLLECTION).deleteMany({ position: { $gte: second() } }); // as far as a killed one came
  });
  expect((await reset()).body).toMatchObject({ ...counts, inboxEntries: 0, isApplied: true, from: second(), to: null });
  expect((await reset()).body, 'once more').toMatchObject({ inboxEntries: 0, fences: 0, controlEvents: 0 });
  const { changes } = (await consumer.get('/api/v1/groups/mirror/history')).body as GroupAudit;
  expect(changes[0]).toMatchObject({
    ...{ request: 'reset', by: 'ann', reason: 'the discounts were lost' },
    range: { stream: events[0]?.stream, from: second(), to: null },
    after: { paused: true },
  });
  await consumer.post('/api/v1/groups/mirror/resume');
  expect(await again(events)).toEqual(ALL.slice(1));
  expect(await again(events)).toEqual([]);
  expect(await system.broker.deadLetter(system.group)).toBeUndefined();
});

it('takes what is behind `to` as handled', async () => {
  await consumer.post('/api/v1/groups/mirror/pause');
  const { body } = await reset({ to: positionOf(2) });
  expect(body).toMatchObject({ inboxEntries: 1, fences: 2, controlEvents: 0 });
  await consumer.post('/api/v1/groups/mirror/resume');
  expect(await again(events)).toEqual(['version 2']);
  await system.withState(async (state) => {
    const fences = await state.collection(FENCE_COLLECTION).find().sort({ _id: 1 }).toArray();
    const versions = fences.map(({ event }) => event as string);
    expect(versions, 'that of a change that was handled again, and none').toEqual(['reopened', events[1]?.id]);
  });
});

it.each([
  [
    'another group',
    404,
    () => consumer.post('/api/v1/groups/other/reset', { stream: 's', from: second(), by: 'a', reason: 'r' }),
  ],
  ['an end before the beginning', 409, () => reset({ to: '2001-01-01T00:00:00Z' })],
  ['a place that is none', 400, () => reset({ from: 'yesterday' })],
  ['nobody who asks', 400, () => reset({ by: undefined })],
])('is refused for %s', async (_what, status, ask) => {
  expect((await ask()).status).toBe(status);
});
