import type { GapEvent } from '@sluice/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { startMongodb } from '../../scripts/lib/servers.mjs';
import { rollOplogPast } from '../harness/oplog.roller.js';
import { RunningSystem } from '../harness/running.system.js';
import { testServers } from '../harness/test-servers.js';

it('an oplog that rolled past a killed producer: handlers get one gap, then what there is and what comes', async () => {
  const mongodb = await startMongodb({ oplog: 'tiny' });
  onTestFinished(() => mongodb.stop());
  const system = await RunningSystem.prepare({
    servers: { ...testServers(), mongodb: mongodb.uri },
    stream: { onHistoryLost: 'gap' },
  });
  onTestFinished(() => system.stop());
  system.startConsumer();
  system.startProducer();
  await Promise.all([system.consumer.ready(), system.producer.ready()]);
  const documents = system.db.collection<{ _id: number }>('documents');
  await documents.insertOne({ _id: 0 });
  await system.handledAll(1);
  await system.eventually(async () => (await system.streamStatus()).position.last !== null);
  await system.producer.kill();

  const reached = system.handled.changes[0]?.event.position.clusterTime;
  if (reached === undefined) throw new Error('nothing handled');
  await rollOplogPast(system.client, reached);
  await documents.insertOne({ _id: 1 }); // while the producer is away; the oplog still has it
  await system.startProducer().ready();
  await documents.insertOne({ _id: 2 });
  await system.handledAll(4);

  expect(system.handled.byOperation()).toEqual({ insert: 3, gap: 1 });
  const gaps = system.handled.changes.filter(({ operation }) => operation === 'gap');
  expect(gaps).toHaveLength(1);
  const gap = gaps[0]?.event as GapEvent; // by its operation
  expect(gap.from).toEqual(reached);
  expect(gap.to.compare(reached)).toBeGreaterThan(0);
  expect((await system.streamStatus()).counters).toMatchObject({ gaps: 1 });
});
