import {
  STREAMS_COLLECTION,
  type DropEvent,
  type GroupAudit,
  type GroupChangeStatus,
  type StreamSettlement,
} from '@sluice/contracts';
import { OnChange } from '@sluice/handlers';
import { aReplace, EventBuilder, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

const DOCUMENTS = Array.from({ length: 40 }, (_, id) => id);
const PATH = '/api/v1/groups/mirror';
const STREAM = 'main';
const WHO = { by: 'ann', reason: 'more load' };

class DropHandler {
  constructor(private readonly drops: string[]) {}

  @OnChange({ namespace: 'shop.*', operations: ['drop'] })
  dropped({ id }: DropEvent): void {
    this.drops.push(id);
  }
}

describe('another number of partitions', () => {
  let system: ConsumerSystem;
  let version = 0;
  let handled: { _id: number; version: number }[];
  beforeEach(async () => {
    system = await ConsumerSystem.open();
    version = 0;
    handled = [];
  });
  afterEach(() => system.close());

  const replica = (): Promise<TestConsumer> =>
    system.consumer({ handlers: [new RecordingHandler((document) => handled.push(document))] });
  const distinct = () => new Set(handled.map((each) => `${each._id} ${each.version}`)).size;

  async function publishRound(): Promise<void> {
    version += 1;
    const current = version;
    await system.broker.publish(...DOCUMENTS.map((_id) => aReplace('shop.orders', { _id, version: current })));
  }

  /** Writes until it is stopped. */
  function load(): () => Promise<void> {
    let isWriting = true;
    const writing = (async () => {
      while (isWriting) await publishRound();
    })();
    const end = async () => {
      isWriting = false;
      await writing;
    };
    onTestFinished(end);
    return end;
  }

  /** A stream that a producer runs, and what it says of repartitions. */
  async function setStream(stream: Partial<StreamSettlement>): Promise<void> {
    const leaseUntil = new Date(Date.now() + 3_600_000);
    await system.withState((state) =>
      state
        .collection<StreamSettlement>(STREAMS_COLLECTION)
        .updateOne({ _id: STREAM }, { $set: { holder: 'p', leaseUntil, ...stream } }, { upsert: true }),
    );
  }

  /** The stream tells, once it is asked, that it has settled. */
  async function settle(): Promise<void> {
    const next = await eventually(() =>
      system.withState(async (state) => {
        const group = await state
          .collection<{ _id: string; next: { id: string; step: string } | null }>('groups')
          .findOne({ _id: 'mirror' });
        return group?.next?.step === 'settling' && group.next.id;
      }),
    );
    await setStream({ settled: { mirror: next } });
  }

  const isDone = async (consumer: TestConsumer, partitions: number) => {
    const { partitions: now, next } = await consumer.group();
    return now === partitions && next === null;
  };

  /** First times only: what was in both generations' queues is handled again. */
  function expectAllInOrder(): void {
    for (const id of DOCUMENTS) {
      const versions = handled.filter(({ _id }) => _id === id).map((each) => each.version);
      expect([...new Set(versions)]).toEqual(Array.from({ length: version }, (_, index) => index + 1));
    }
  }

  it('comes under load, two to five and back to one: nothing lost, no document reordered, old queues gone', async () => {
    const [one, two] = [await replica(), await replica()];
    await setStream({});
    const end = load();
    await eventually(() => version > 5);
    for (const [partitions, generation] of [
      [5, 2],
      [1, 3],
    ] as const) {
      // Refused until the queues of the change before are gone.
      const to = await eventually(async () => {
        const { status, body } = await one.put(PATH, { partitions, ...WHO });
        return status === 200 && (body as GroupChangeStatus).to;
      });
      expect(to).toEqual({ partitions, generation });
      await settle();
      await eventually(async () => (await isDone(one, partitions)) && (await isDone(two, partitions)));
      const round = version + 2;
      await eventually(() => handled.some((each) => each.version > round));
    }
    await end();
    await eventually(() => distinct() === DOCUMENTS.length * version);
    expectAllInOrder();
    for (const queue of [system.queue(0), system.queue(1), system.queue(4, 2)]) {
      await eventually(async () => !(await system.broker.hasQueue(queue)));
    }
    expect((await one.group()).queues.map(({ name }) => name)).toEqual([system.queue(0, 3)]);
    const { body: history } = (await one.get(`${PATH}/history`)) as { body: GroupAudit };
    expect(history.changes.map(({ request, by, reason, before, after }) => [request, by, reason, before.partitions, after.partitions])).toEqual([
      ['change partitions', 'ann', 'more load', 5, 1],
      ['change partitions', 'ann', 'more load', 2, 5],
    ]); // prettier-ignore
    await eventually(async () => {
      const kept = ['partitionQueues', 'partitionPositions', 'partitionEpochs', 'partition-holders'].map((collection) =>
        system.withState((state) => state.collection(collection).find({}).toArray()),
      );
      return !/group\.mirror\.[12]\./.test(JSON.stringify(await Promise.all(kept)));
    });
  });

  it('waits for streams that have not settled, while the old queues are read', async () => {
    const consumer = await replica();
    await setStream({});
    await consumer.put(PATH, { partitions: 3, ...WHO });
    await eventually(async () => (await consumer.group()).next?.step === 'settling');
    await publishRound();
    await eventually(() => distinct() === DOCUMENTS.length);
    expect(await consumer.group()).toMatchObject({ partitions: 2, next: { partitions: 3, step: 'settling' } });
    await settle();
    await eventually(() => isDone(consumer, 3));
    await publishRound();
    await eventually(() => distinct() === 2 * DOCUMENTS.length);
    expectAllInOrder();
  });

  it('goes on with another replica when the one at work on it stops, at each step', async () => {
    let consumer = await replica();
    await setStream({});
    const end = load();
    await consumer.put(PATH, { partitions: 4, ...WHO });
    await consumer.stop();
    consumer = await replica();
    await eventually(async () => (await consumer.group()).next?.step === 'settling');
    await consumer.stop();
    const next = await replica();
    await settle();
    await eventually(async () => (await next.group()).next?.step !== 'settling');
    await next.stop();
    const last = await replica();
    await eventually(() => isDone(last, 4));
    await end();
    await eventually(() => distinct() === DOCUMENTS.length * version);
    expectAllInOrder();
  });

  it('hands a control event to its handler once, though it comes to the queues of both generations', async () => {
    const drops: string[] = [];
    const consumer = await system.consumer({
      handlers: [new RecordingHandler((document) => handled.push(document)), new DropHandler(drops)],
    });
    await setStream({});
    await consumer.put(PATH, { partitions: 3, ...WHO });
    await eventually(async () => (await consumer.group()).next?.step === 'settling');
    await publishRound();
    const builder = new EventBuilder();
    const [during, after] = [builder.aDrop('shop.orders'), builder.aDrop('shop.orders')];
    await system.broker.publish(during);
    await publishRound();
    await settle();
    await eventually(() => isDone(consumer, 3));
    await system.broker.publish(after);
    await publishRound();
    await eventually(() => distinct() === 3 * DOCUMENTS.length);
    expect(drops).toEqual([during.id, after.id]);
    await eventually(async () => !(await system.broker.hasExchange(system.broker.names.controlExchange('mirror', 1))));
    expect((await consumer.group()).lostQueues).toEqual([]);
  });

  it('is only described in a dry run, and refused where it cannot be', async () => {
    const consumer = await replica();
    expect(await consumer.put(`${PATH}?dryRun=true`, { partitions: 5, ...WHO })).toMatchObject({
      status: 200,
      body: { dryRun: true, from: { partitions: 2, generation: 1 }, to: { partitions: 5, generation: 2 } },
    });
    expect((await consumer.group()).next).toBeNull();
    expect(await consumer.put(PATH, { partitions: 65, ...WHO })).toMatchObject({
      status: 400,
      body: { code: 'SLUICE-REQUEST-INVALID' },
    });
    const refused = { status: 409, body: { code: 'SLUICE-GROUP-CHANGE-REFUSED' } };
    expect(await consumer.put(PATH, { partitions: 2, ...WHO })).toMatchObject(refused);
    expect(await consumer.put(PATH, { partitions: 5, revision: 0, ...WHO })).toMatchObject(refused);
    expect(await consumer.put('/api/v1/groups/other', { partitions: 5, ...WHO })).toMatchObject({ status: 404 });
    await setStream({});
    expect(await consumer.put(PATH, { partitions: 5, ...WHO })).toMatchObject({ status: 200 });
    expect(await consumer.put(PATH, { partitions: 6, ...WHO })).toMatchObject(refused);
  });
});
