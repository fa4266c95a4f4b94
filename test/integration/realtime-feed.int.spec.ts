import { randomUUID } from 'node:crypto';
import { EventBuilder, eventually } from '@sluice/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import { FeedClient, FeedFanOut } from './consumer/feed.client.js';

const ON = { REALTIME: 'on' };
const NAMESPACE = 'shop.orders';
/** As little as may be: most of what is published is further back than that. */
const LITTLE_MEMORY = { REALTIME_MEMORY_BYTES: '1048576' };

const isFollowing = async (consumer: TestConsumer) =>
  (await consumer.ready()).body.details['livePush']?.state === 'following';

async function aReplica(system: ConsumerSystem, env: Record<string, string> = {}) {
  const consumer = await system.consumer({ env: { ...ON, ...env } });
  await eventually(() => isFollowing(consumer));
  return { consumer, fanOut: new FeedFanOut(consumer) };
}

describe('the feed of live push', () => {
  let system: ConsumerSystem;
  let replica: Awaited<ReturnType<typeof aReplica>>;
  beforeAll(async () => {
    system = await ConsumerSystem.open();
    replica = await aReplica(system);
  });
  afterAll(() => system.close());

  const inserts = (make: EventBuilder, count: number) =>
    Array.from({ length: count }, (_, _id) => make.anInsert(NAMESPACE, { _id, text: 'x'.repeat(100) }));
  const publish = (events: ReturnType<typeof inserts>) => system.broker.publish(...events);
  const idsOf = (events: ReturnType<typeof inserts>) => events.map(({ id }) => id);

  /** What the test before has published may be on its way: whoever follows from now on would be told of it. */
  beforeEach(async () => {
    const client = new FeedClient(randomUUID());
    await replica.fanOut.follow(client);
    await publish(inserts(new EventBuilder({ stream: client.stream ?? '' }), 1));
    await eventually(() => client.ids.length === 1);
    client.disconnect();
  });

  it('goes on behind any cursor while events come, from memory or from the stream queue', async () => {
    const forgetful = await aReplica(system, LITTLE_MEMORY);
    const make = new EventBuilder({ stream: 'any' });
    const [past, coming] = [inserts(make, 1_200), inserts(make, 800)];
    const witness = new FeedClient();
    await forgetful.fanOut.follow(witness);
    await publish(past);
    await eventually(() => witness.ids.length === past.length);
    const clients = [0, 300, 600, 900, 1_150, 1_199].map((index) => {
      const client = new FeedClient();
      client.cursor = witness.entries[index]?.cursor;
      return { client, index };
    });
    const publishing = publish(coming);
    await Promise.all(clients.map(({ client }) => forgetful.fanOut.follow(client)));
    await publishing;
    await eventually(() => clients.every(({ client, index }) => client.ids.length === 2_000 - index - 1));
    const all = idsOf([...past, ...coming]);
    for (const { client, index } of clients) expect(client.ids).toEqual(all.slice(index + 1));
    await forgetful.consumer.stop();
  });

  it('tells nothing again that a producer sends again, at this replica, at a new one, and behind a cursor', async () => {
    const make = new EventBuilder({ stream: 'again' });
    const events = inserts(make, 300);
    const client = new FeedClient();
    await replica.fanOut.follow(client);
    await publish(events);
    await eventually(() => client.ids.length === 300);
    client.disconnect();
    await publish(events.slice(200)); // from the producer's watermark
    const other = await aReplica(system);
    await Promise.all([replica, other].map(({ fanOut }) => fanOut.follow(new FeedClient())));
    await other.fanOut.follow(client);
    const more = inserts(make, 10);
    await publish([...events.slice(250), ...more]);
    await eventually(() => client.ids.length === 310);
    expect(client.ids).toEqual(idsOf([...events, ...more]));
    await other.consumer.stop();
  });

  it('tells a change that newer ones have overtaken as a gap of its namespace', async () => {
    const make = new EventBuilder({ stream: 'overtaken' });
    const [first, late, newer] = inserts(make, 3);
    if (first === undefined || late === undefined || newer === undefined) throw new Error('three were made');
    const client = new FeedClient();
    await replica.fanOut.follow(client);
    await publish([first, newer, late]);
    await eventually(() => client.entries.length === 3);
    expect(client.ids).toEqual(idsOf([first, newer]));
    expect(client.gaps).toMatchObject([{ reason: 'overtaken', stream: 'overtaken', namespace: NAMESPACE }]);
  });

  it('tells the gaps that a producer reports, and control events with what they are about', async () => {
    const make = new EventBuilder({ stream: 'told' });
    const client = new FeedClient();
    await replica.fanOut.follow(client);
    const [from, to] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-02T00:00:00Z')];
    await system.broker.publish(make.aGap(from, to), make.aDrop(NAMESPACE), make.anInvalidate(NAMESPACE));
    await eventually(() => client.entries.length === 3);
    expect(client.gaps).toEqual([{ reason: 'source', from, to, stream: 'told' }]);
    expect(client.entries.slice(1)).toMatchObject([
      { operation: 'drop', namespace: NAMESPACE },
      { operation: 'invalidate', namespace: undefined },
    ]);
  });

  it('passes over what is no change event, and gives up no other entry for a body that cannot be read', async () => {
    const [event] = inserts(new EventBuilder({ stream: 'unreadable' }), 1);
    if (event === undefined) throw new Error('one was made');
    const client = new FeedClient();
    await replica.fanOut.follow(client);
    const { realtimeStream } = system.broker.names;
    const [, properties] = system.broker.messageOf(event);
    await system.broker.publishTo(realtimeStream, Buffer.from('hello'), {});
    await system.broker.publish(event);
    await eventually(() => client.entries.length === 1);
    expect(client.entries[0]).toMatchObject({ id: event.id, event: { fullDocument: { _id: 0 } } });
    expect(properties.messageId).toBe(event.id);
  });

  it('begins with the first change of a time', async () => {
    const make = new EventBuilder({ stream: 'time', startAt: new Date(Date.now() + 60_000) });
    const events = inserts(make, 200);
    await publish(events);
    const client = new FeedClient();
    await replica.fanOut.follow(client, { time: events[120]?.wallTime ?? new Date(0) });
    await eventually(() => client.ids.length > 0);
    expect(client.ids).toEqual(idsOf(events.slice(120)));
  });

  it('has the stream queue bound again where somebody has removed the binding', async () => {
    await system.broker.unbind(system.broker.names.realtimeStream, '#');
    const client = new FeedClient();
    await replica.fanOut.follow(client);
    const make = new EventBuilder({ stream: 'bound' });
    await eventually(async () => {
      await publish(inserts(make, 1));
      return client.ids.length > 0;
    });
  });

  it('tells every event once and in order through 20 cuts, to who stays and to who comes back with a cursor', async () => {
    const events = inserts(new EventBuilder({ stream: 'cuts' }), 20_000);
    const [staying, returning, late] = [new FeedClient('cuts'), new FeedClient('cuts'), new FeedClient('cuts')];
    await Promise.all([staying, returning].map((client) => replica.fanOut.follow(client)));
    late.cursor = replica.fanOut.feed.head;
    for (let cut = 0; cut < 20; cut++) {
      const publishing = publish(events.slice(cut * 1_000, (cut + 1) * 1_000));
      system.gate.cut();
      returning.disconnect();
      await publishing;
      const returned = replica.fanOut.follow(returning);
      await eventually(() => isFollowing(replica.consumer));
      await returned;
    }
    await replica.fanOut.follow(late);
    await eventually(
      () => expect(new Set([staying, returning, late].map(({ ids }) => ids.length))).toEqual(new Set([20_000])) ?? true,
    );
    for (const client of [staying, returning, late]) {
      expect(client.ids).toEqual(idsOf(events));
      expect(client.gaps).toEqual([]);
    }
  });

  it('begins anew behind a gap where the stream queue was deleted, for who is live and for who comes back', async () => {
    const make = new EventBuilder({ stream: 'renewed' });
    const [live, returning] = [new FeedClient('renewed'), new FeedClient('renewed')];
    await Promise.all([live, returning].map((client) => replica.fanOut.follow(client)));
    await publish(inserts(make, 5));
    await eventually(() => returning.ids.length === 5 && live.ids.length === 5);
    returning.disconnect();
    await system.broker.deleteQueue(system.broker.names.realtimeStream);
    await eventually(() => live.gaps.length > 0);
    await eventually(() => isFollowing(replica.consumer));
    const after = inserts(make, 5);
    await publish(after);
    await replica.fanOut.follow(returning);
    await eventually(() => live.ids.length === 10 && returning.ids.length === 10);
    for (const client of [live, returning]) {
      expect(client.gaps).toMatchObject([{ reason: 'stream' }]);
      expect(client.ids.slice(5)).toEqual(idsOf(after));
    }
  });
});

describe('live push', () => {
  let system: ConsumerSystem;
  beforeAll(async () => void (system = await ConsumerSystem.open()));
  afterAll(() => system.close());

  it('makes nothing while it is off', async () => {
    const consumer = await system.consumer({});
    expect((await consumer.ready()).body.details).not.toHaveProperty('livePush');
    expect(await system.broker.hasQueue(system.broker.names.realtimeStream)).toBe(false);
    await consumer.stop();
  });

  it('tells a client whose cursor is older than what is kept of a gap, and goes on with what is there', async () => {
    const { consumer, fanOut } = await aReplica(system, { REALTIME_RETENTION_BYTES: '65536' });
    const make = new EventBuilder({ stream: 'retention' });
    const client = new FeedClient();
    await fanOut.follow(client);
    await system.broker.publish(make.anInsert(NAMESPACE, { _id: 1 }));
    await eventually(() => client.ids.length === 1);
    client.disconnect();
    const big = () => make.anInsert(NAMESPACE, { _id: 2, text: 'x'.repeat(1_000) });
    const cursorOfFirst = client.start;
    await eventually(async () => {
      for (let batch = 0; batch < 20; batch++) await system.broker.publish(...Array.from({ length: 20 }, big));
      const other = new FeedClient();
      await fanOut.follow(other, { time: new Date(0) });
      other.disconnect();
      return other.gaps.some(({ reason }) => reason === 'retention');
    });
    // What a replica has in memory outlives the retention: a new one has only what the broker keeps.
    const fresh = await aReplica(system, { REALTIME_RETENTION_BYTES: '65536' });
    await fresh.fanOut.follow(client, cursorOfFirst);
    expect(client.gaps).toMatchObject([{ reason: 'retention', from: expect.any(Date), to: expect.any(Date) }]);
    expect(client.entries[1]?.kind).toBe('gap');
    expect(client.ids.length).toBeGreaterThan(1);
    const told = client.entries.length;
    const again = new FeedClient();
    await fresh.fanOut.follow(again, { cursor: client.entries[1]?.cursor ?? '' });
    expect(again.entries).toHaveLength(told - 2);
    await fresh.consumer.stop();
    await consumer.stop();
  });

  it('is not ready where the stream queue exists with other properties, and says which', async () => {
    const consumer = await system.consumer({ env: { ...ON, REALTIME_RETENTION_BYTES: '1000000' } });
    const reason = await eventually(async () => (await consumer.ready()).body.details['livePush']?.reason);
    expect(reason).toMatch(/SLUICE-TOPOLOGY-MISMATCH.*x-max-length-bytes.*65536.*REALTIME_STREAM/s);
    expect(reason).toContain('1000000');
  });
});
