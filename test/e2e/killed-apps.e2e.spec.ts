import { expect, it, onTestFinished } from 'vitest';
import { DocumentWriter } from '../harness/document.writer.js';
import { aRunningSystem } from '../harness/running.system.js';

const INSERTS = 5_000;
const KILLS = 3;

it('kill -9 of the producer during 5,000 inserts: nothing missing, order kept, duplicates at most its window a kill', async () => {
  const system = await aRunningSystem({ stream: { windowSize: 500 } });
  onTestFinished(() => system.stop());
  const writer = new DocumentWriter(system.db, INSERTS);
  for (let kill = 1; kill <= KILLS; kill++) {
    await system.eventually(() => system.handled.distinct > (INSERTS / (KILLS + 2)) * kill);
    await system.producer.kill();
    system.startProducer();
  }
  await writer.done();
  await system.handledAll(writer.events);
  expect(system.handled.byOperation()).toEqual({ insert: INSERTS, update: writer.events - INSERTS });
  expect(system.handled.disordered()).toEqual([]);
  expect(system.handled.duplicates).toBeLessThanOrEqual(500 * KILLS);
  console.log(`producer killed ${KILLS} times: ${system.handled.duplicates} duplicates`);
});

it('kill -9 of the consumer during 5,000 inserts: nothing missing, order kept, duplicates counted', async () => {
  const system = await aRunningSystem({ consumerEnv: { MEMBER_ALIVE_MS: '3000' } });
  onTestFinished(() => system.stop());
  const writer = new DocumentWriter(system.db, INSERTS);
  for (let kill = 1; kill <= KILLS; kill++) {
    await system.eventually(() => system.handled.distinct > (INSERTS / (KILLS + 2)) * kill);
    await system.consumer.kill();
    system.startConsumer();
  }
  await writer.done();
  await system.handledAll(writer.events);
  expect(system.handled.byOperation()).toEqual({ insert: INSERTS, update: writer.events - INSERTS });
  expect(system.handled.disordered()).toEqual([]);
  console.log(`consumer killed ${KILLS} times: ${system.handled.duplicates} duplicates`);
});
