import type { MirrorProjection } from '@sluice/handlers';
import { eventually } from '@sluice/testing';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FaultProxy } from '../harness/fault.proxy.js';
import { testServers } from '../harness/test-servers.js';
import type { TestConsumer } from './consumer/consumer-system.js';
import { MirrorSystem } from './consumer/mirror-system.js';
import { VersionWatch, type Versioned } from '../harness/version.watch.js';

/** A document that no later change touches. */
const STILL = 1_000;

describe('a mirror, with two replicas, stays equal to its source and lets no document go back', () => {
  let system: MirrorSystem;
  let watch: VersionWatch;
  beforeEach(async () => {
    system = await MirrorSystem.open();
    watch = new VersionWatch(system.copy);
  });
  afterEach(async () => {
    await watch.stop();
    await system.close();
  });

  async function expectEqual(mirror: MirrorProjection): Promise<void> {
    await system.untilEqual(mirror);
    await watch.stop();
    expect(watch.looks).toBeGreaterThan(0);
    expect(watch.wentBack).toEqual([]);
    const { broker, group } = system.consumers;
    expect(await broker.deadLetter(group)).toBeUndefined();
  }

  async function documents(): Promise<Versioned[]> {
    return system.source.find().toArray();
  }

  it('through a database that is dropped while it is written', async () => {
    const { mirror } = await system.mirror();
    await system.mirror();
    await system.capture();
    await system.source.insertOne({ _id: STILL, version: 1 });
    await system.change(3);
    await system.untilEqual(mirror);
    const writing = system.change(12, 4);
    await eventually(async () => ((await system.source.findOne({ version: { $gte: 6 } })) ?? undefined) !== undefined);
    await system.producer.db.dropDatabase();
    await writing;
    expect(await system.source.findOne({ _id: STILL })).toBeNull();
    await expectEqual(mirror);
    expect((await mirror.status()).gaps).toEqual([]);
  });

  it('through a rename that takes the collection away, and another one that is made under its name', async () => {
    const { mirror } = await system.mirror();
    await system.mirror();
    await system.capture();
    await system.source.insertOne({ _id: STILL, version: 1 });
    await system.change(3);
    await system.untilEqual(mirror);
    await system.source.rename('archive');
    await system.change(3, 4);
    await expectEqual(mirror);
    expect((await mirror.status()).gaps).toEqual([]);
  });

  it('after a rename that brought documents of another name, once they have been copied as the guide says', async () => {
    const { mirror, consumer } = await system.mirror();
    const { consumer: other } = await system.mirror();
    await system.capture();
    await system.change(3);
    await system.untilEqual(mirror);
    const incoming = system.producer.db.collection<Versioned>('incoming');
    await incoming.insertMany(Array.from({ length: 40 }, (_, _id) => ({ _id, version: 100 })));
    await incoming.rename('orders', { dropTarget: true });
    await eventually(async () => (await mirror.status()).gaps.map(({ reason }) => reason).join() === 'renamed');
    expect(await system.copy.countDocuments()).toBe(0);
    await paused([consumer, other], async () => {
      await system.copy.deleteMany({});
      await system.copy.insertMany(await documents());
      await mirror.markComplete();
    });
    await system.change(3, 101);
    await expectEqual(mirror);
    expect((await mirror.status()).gaps).toEqual([]);
  });

  it('over a while in which the server of the copy is away, and the collection is dropped and filled again', async () => {
    const { gate, client } = await gateBeforeTheCopy();
    const { mirror, consumer } = await system.mirror({ client });
    await system.mirror({ client });
    await system.capture();
    await system.source.insertOne({ _id: STILL, version: 1 });
    await system.change(3);
    await system.untilEqual(mirror);
    gate.shut();
    await system.change(3, 4);
    await eventually(async () => (await consumer.group()).counters.retried > 0);
    await system.source.drop();
    await system.change(3, 7);
    gate.open();
    await system.change(3, 10);
    gate.cut();
    await system.change(3, 13);
    await expectEqual(mirror);
    expect(await mirror.status()).toMatchObject({ refused: 0, gaps: [] });
  });
});

/** While all replicas of a group stand still. */
async function paused(consumers: readonly TestConsumer[], work: () => Promise<void>): Promise<void> {
  const [one] = consumers;
  const untilAll = (consuming: string) =>
    eventually(async () =>
      (await Promise.all(consumers.map((each) => each.group()))).every((g) => g.consuming === consuming),
    );
  await one?.post('/api/v1/groups/mirror/pause');
  await untilAll('paused');
  await work();
  await one?.post('/api/v1/groups/mirror/resume');
  await untilAll('running');
}

/** A way to the copy that can be closed; it does not wait long before it says so. */
async function gateBeforeTheCopy(): Promise<{ gate: FaultProxy; client: MongoClient }> {
  const gate = await FaultProxy.before(testServers().mongodb, 27017);
  const client = new MongoClient(gate.directUri, { serverSelectionTimeoutMS: 500 });
  onTestFinished(async () => {
    await client.close();
    await gate.close();
  });
  return { gate, client };
}
