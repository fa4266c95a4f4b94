import {
  topologyNames,
  type GroupAudit,
  type GroupList,
  type GroupRegisterResult,
  type OtherGroup,
} from '@sluice/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { aRunningSystem } from '../harness/running.system.js';
import { TestBroker } from '../integration/consumer/test-broker.js';
import { KILLS, RequestKiller, TIMEOUT_MS } from './killed.request.js';

const PARTITIONS = 4;
const EVENTS = 20;

it(
  `${KILLS} kill -9 of the consumer while it retires a group: what is left is named, and another call removes it`,
  async () => {
    const killer = new RequestKiller();
    const system = await aRunningSystem({ consumerEnv: { MEMBER_ALIVE_MS: '3000' } });
    const broker = await TestBroker.open(system.servers.rabbitmq, system.exchange);
    onTestFinished(async () => {
      await broker.close();
      await system.stop();
    });
    const names = topologyNames(system.exchange);
    const own = [
      ...Array.from({ length: PARTITIONS }, (_, partition) => names.partitionQueue('old', 1, partition)),
      names.deadLetterQueue('old'),
    ];
    const left = async () => {
      const there = await Promise.all(own.map((queue) => broker.hasQueue(queue)));
      return own.filter((_, index) => there[index]);
    };
    const documents = system.db.collection('documents');
    const events = async () => {
      const before = system.handled.distinct;
      await documents.insertMany(Array.from({ length: EVENTS }, () => ({})));
      await system.handledAll(before + EVENTS);
    };
    const retire = (reason: string, { isDryRun = false, queues = 'delete' } = {}) => {
      const query = new URLSearchParams({ queues, by: 'ann', reason, dryRun: String(isDryRun) });
      return system.consumer.get(`/api/v1/groups/old?${query.toString()}`, { method: 'DELETE' });
    };
    /** As soon as the replica that was started has heard the state database. */
    const answered = (ask: () => Promise<{ status: number; body: unknown }>) =>
      system.eventually(async () => {
        const { status, body } = await ask();
        return status === 200 && (body as GroupRegisterResult);
      });
    const stateOfOld = async (): Promise<OtherGroup['state'] | undefined> => {
      const { body } = await system.consumer.get('/api/v1/groups');
      return (body as GroupList).others?.find(({ name }) => name === 'old')?.state;
    };

    const outcomes = { untouched: 0, half: 0, whole: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      const old = system.startApp('cdc-consumer', { CONSUMER_GROUP: 'old', PARTITIONS: String(PARTITIONS) });
      await old.ready();
      await events();
      const handledByOld = async () =>
        ((await old.get('/api/v1/groups')).body as GroupList).groups[0]?.counters.handled === EVENTS;
      await system.eventually(handledByOld); // its queues are empty then
      expect(await old.stop()).toBe(0);
      await answered(() => retire('a look', { isDryRun: true }));
      const reason = `kill ${kill}`;
      await killer.killDuring(system.consumer, () => retire(reason));
      await system.startConsumer().ready();

      const told = await answered(() => retire('a look', { isDryRun: true }));
      const { body } = await system.consumer.get('/api/v1/groups/old/history');
      const isAudited = (body as GroupAudit).changes.some((line) => line.reason === reason);
      const queues = await left();
      expect(told.queues.map(({ name }) => name).sort(), 'what is left is named').toEqual([...queues].sort());
      expect(await stateOfOld()).toBe(isAudited ? 'retired' : 'bound');
      if (!isAudited) expect(queues).toEqual(own);
      const isWhole = queues.length === 0 && told.records.length === 0;
      outcomes[isAudited ? (isWhole ? 'whole' : 'half') : 'untouched'] += 1;

      await events(); // no stream stands still for it, or for what is left of it, and nothing is lost to the other group
      await answered(() => retire(`${reason}, again`, { queues: 'discard' })); // what has come into them since, too
      expect(await left()).toEqual([]);
      expect(await broker.hasExchange(names.controlExchange('old', 1))).toBe(false);
      expect(await answered(() => retire('a look', { isDryRun: true }))).toMatchObject({ queues: [], records: [] });
      await events();
    }
    console.log(outcomes);
  },
  TIMEOUT_MS,
);
