import { aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testServers } from '../harness/test-servers.js';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

const DOCUMENTS = Array.from({ length: 40 }, (_, id) => id);
const env = { PARTITIONS: '4' };

describe('the replicas of a group', () => {
  let system: ConsumerSystem;
  let version = 0;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
    version = 0;
  });
  afterEach(() => system.close());

  /** One more version of every document. */
  async function publishRound(): Promise<void> {
    version += 1;
    const current = version;
    await system.broker.publish(...DOCUMENTS.map((_id) => aReplace('shop.orders', { _id, version: current })));
  }

  /** How many partitions each has, where all are subscribed and no partition is two's. */
  async function sharesOf(consumers: readonly TestConsumer[]): Promise<number[]> {
    const groups = await Promise.all(consumers.map((consumer) => consumer.group()));
    const owned = groups.flatMap(({ ownPartitions }) => ownPartitions);
    if (new Set(owned).size !== owned.length || groups.some(({ consuming }) => consuming !== 'running')) return [];
    return groups.map(({ ownPartitions }) => ownPartitions.length);
  }

  /** Every document's versions, one after another as they were handled by whichever replica, repeats left out. */
  function expectAllInOrder(handled: readonly { _id: number; version: number }[]): void {
    for (const id of DOCUMENTS) {
      const versions = handled.filter(({ _id }) => _id === id).map((each) => each.version);
      expect([...new Set(versions)]).toEqual(Array.from({ length: version }, (_, index) => index + 1));
    }
  }

  it('share four partitions two and two, then two, one and one, and all again when two have stopped, under load', async () => {
    const handled: { _id: number; version: number }[] = [];
    const handler = () => new RecordingHandler((document) => handled.push(document));
    let isWriting = true;
    const one = await system.consumer({ handlers: [handler()], env });
    expect(await sharesOf([one])).toEqual([4]);
    const writing = (async () => {
      while (isWriting) await publishRound();
    })();
    const two = await system.consumer({ handlers: [handler()], env });
    await eventually(async () => (await sharesOf([one, two])).join() === '2,2');
    const three = await system.consumer({ handlers: [handler()], env });
    await eventually(async () => (await sharesOf([one, two, three])).sort().join() === '1,1,2');
    const handledBefore = (await three.group()).counters.handled;
    await eventually(async () => (await three.group()).counters.handled > handledBefore);
    expect(await two.stop()).toBe(0);
    expect(await three.stop()).toBe(0);
    await eventually(async () => (await sharesOf([one])).join() === '4');
    isWriting = false;
    await writing;
    await eventually(() => new Set(handled.map((each) => `${each._id} ${each.version}`)).size === 40 * version);
    expectAllInOrder(handled);
    expect(handled).toHaveLength(40 * version); // a hand-over in good order repeats nothing
  });

  it('that are more than there are partitions stand by, ready, and know what the others have', async () => {
    const consumers: TestConsumer[] = [];
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const few = { PARTITIONS: '2', MEMBER_ALIVE_MS: '3000' };
    for (let replica = 0; replica < 3; replica++) {
      consumers.push(await system.consumer({ handlers: [new RecordingHandler(() => held)], env: few }));
    }
    await eventually(async () => (await sharesOf(consumers)).sort().join() === '0,1,1');
    const reports = await Promise.all(consumers.map((consumer) => consumer.ready()));
    expect(reports.map(({ status }) => status)).toEqual([200, 200, 200]);
    await eventually(async () => {
      const members = (await consumers[0]?.group())?.members ?? [];
      return (
        members
          .map(({ partitions }) => partitions.length)
          .sort()
          .join() === '0,1,1'
      );
    });
    const ages = async () =>
      Promise.all(
        consumers.map(async (each) =>
          (await each.group()).queues.map(({ oldestEventAgeSeconds: age }) => age !== null),
        ),
      );
    await publishRound();
    await eventually(async () => (await ages()).flat().every((isKnown) => isKnown));
    goOn();
    await eventually(async () => (await ages()).flat().every((isKnown) => !isKnown));
  });

  it('tell no age of what another took while they were cut off from the broker', async () => {
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const few = { PARTITIONS: '2', MEMBER_ALIVE_MS: '3000' };
    const one = await system.consumer({ handlers: [new RecordingHandler(() => held)], env: few });
    await publishRound();
    const aged = async () => {
      const { queues } = await one.group();
      return queues.flatMap(({ partition, oldestEventAgeSeconds: age }) => (age === null ? [] : [partition]));
    };
    await eventually(async () => (await aged()).join() === '0,1');
    system.gate.shut();
    const past = { ...few, RABBITMQ_URI: testServers().rabbitmq };
    const two = await system.consumer({ handlers: [new RecordingHandler()], env: past });
    await eventually(async () => (await two.group()).counters.handled > 0);
    system.gate.open();
    await eventually(async () => (await sharesOf([one, two])).join() === '1,1');
    const { ownPartitions } = await one.group();
    await publishRound(); // the other may have had both for a while
    await eventually(async () => (await aged()).join() === ownPartitions.join());
    goOn();
    await eventually(async () => (await aged()).length === 0);
  });

  it('keep what they have while the state database is away, and afterwards', async () => {
    const [one, two] = [
      await system.consumer({ handlers: [new RecordingHandler()], env: { ...env, MEMBER_ALIVE_MS: '3000' } }),
      await system.consumer({ handlers: [new RecordingHandler()], env: { ...env, MEMBER_ALIVE_MS: '3000' } }),
    ];
    await eventually(async () => (await sharesOf([one, two])).join() === '2,2');
    const before = await Promise.all([one, two].map(async (each) => (await each.group()).ownPartitions));
    const awaySince = Date.now();
    system.mongoGate.shut();
    await eventually(() => Date.now() - awaySince > 5_000); // longer than a member may be silent
    const during = await Promise.all([one, two].map(async (each) => (await each.group()).ownPartitions));
    system.mongoGate.open();
    await eventually(async () => (await one.ready()).status === 200 && (await two.ready()).status === 200);
    const after = await Promise.all([one, two].map(async (each) => (await each.group()).ownPartitions));
    expect([during, after]).toEqual([before, before]);
  });
});
