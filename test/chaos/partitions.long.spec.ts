import type { GroupStatus } from '@sluice/contracts';
import { expect, it, onTestFinished } from 'vitest';
import type { AppProcess } from '../harness/app.process.js';
import { DocumentWriter } from '../harness/document.writer.js';
import { RunningSystem } from '../harness/running.system.js';

const PARTITIONS = 4;
const CONCURRENCY = 4;
/** On a busy machine the state database may take seconds to answer; who hears nothing for so long judges nobody. */
const ALIVE_MS = 10_000;
const PATIENCE = { timeoutMs: 180_000 };

async function ownPartitions(app: AppProcess): Promise<readonly number[]> {
  const { body } = await app.get('/api/v1/groups');
  return (body as { groups: [GroupStatus] }).groups[0].ownPartitions;
}

/** Two replicas that have half of the partitions each, and much in their memory, while events go on coming. */
async function twoReplicas() {
  const system = await RunningSystem.prepare({
    consumerEnv: {
      PARTITIONS: String(PARTITIONS),
      CONCURRENCY: String(CONCURRENCY),
      MEMBER_ALIVE_MS: String(ALIVE_MS),
      LEDGER_DELAY_MS: '5',
    },
  });
  onTestFinished(() => system.stop());
  const lost = system.startConsumer();
  await Promise.all([lost.ready(), system.startProducer().ready()]);
  const other = await system.startConsumer().ready();
  const areShared = async () => {
    const shares = await Promise.all([ownPartitions(lost), ownPartitions(other)]);
    return shares.every(({ length }) => length === PARTITIONS / 2) && new Set(shares.flat()).size === PARTITIONS;
  };
  await system.eventually(areShared, PATIENCE);
  const partitions = await ownPartitions(lost);
  const writer = new DocumentWriter(system.db, 3_000);
  await system.eventually(() => system.handled.distinct > 500);
  return { system, lost, other, partitions, writer, areShared };
}

/** How long until the other replica has handled an event of each of these partitions. */
async function takenOver(system: RunningSystem, other: AppProcess, partitions: readonly number[]): Promise<number> {
  const from = performance.now();
  await system.eventually(() => {
    void system.handled.distinct; // reads what is new
    const taken = new Set(
      system.handled.changes.filter(({ pid }) => pid === other.pid).map(({ partition }) => partition),
    );
    return partitions.every((partition) => taken.has(partition));
  }, PATIENCE);
  return Math.round(performance.now() - from);
}

it('kill -9 of one of two replicas: the other takes its partitions over, nothing lost, order kept', async () => {
  const { system, lost, other, partitions, writer } = await twoReplicas();
  await lost.kill();
  const tookMs = await takenOver(system, other, partitions);
  console.log(`taken over ${tookMs} ms after kill -9, with MEMBER_ALIVE_MS ${ALIVE_MS}`);
  await writer.done();
  await system.handledAll(writer.events);
  expect(system.handled.disordered()).toEqual([]);
  expect(await ownPartitions(other)).toHaveLength(PARTITIONS);
});

it('a replica that is stopped for longer than it may be silent, and wakes: handles nothing more of what it has lost', async () => {
  const { system, lost, other, partitions, writer, areShared } = await twoReplicas();
  lost.signal('SIGSTOP');
  const tookMs = await takenOver(system, other, partitions);
  console.log(`taken over ${tookMs} ms after SIGSTOP, with MEMBER_ALIVE_MS ${ALIVE_MS}`);
  const seen = new Set(system.handled.changes.map(({ id }) => id));
  const before = system.handled.changes.length;
  lost.signal('SIGCONT');
  await system.eventually(areShared, PATIENCE); // it has its share back
  await writer.done();
  await system.handledAll(writer.events);
  const again = system.handled.changes.slice(before).filter(({ id, pid }) => pid === lost.pid && seen.has(id));
  expect(again.length).toBeLessThanOrEqual(CONCURRENCY); // what ran when it was stopped
  expect(system.handled.disordered()).toEqual([]);
  expect(await ownPartitions(lost)).toHaveLength(PARTITIONS / 2);
});
