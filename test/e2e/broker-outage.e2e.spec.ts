import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startRabbitmq } from '../../scripts/lib/servers.mjs';
import { DocumentWriter } from '../harness/document.writer.js';
import { aRunningSystem } from '../harness/running.system.js';
import { testServers } from '../harness/test-servers.js';

const INSERTS = 5_000;
/** The outage itself is the condition under test; nothing is awaited by it. */
const OUTAGE_MS = 10_000;

it('RabbitMQ stopped for 10 s during 5,000 inserts: both apps say so, and nothing is missing afterwards', async () => {
  const broker = await startRabbitmq();
  onTestFinished(() => broker.stop());
  const system = await aRunningSystem({ servers: { ...testServers(), rabbitmq: broker.uri } });
  onTestFinished(() => system.stop());
  const writer = new DocumentWriter(system.db, INSERTS);
  await system.eventually(() => system.handled.distinct > INSERTS / 10);
  await broker.stop();
  await system.eventually(async () => !(await system.producer.isReady()) && !(await system.consumer.isReady()));
  const { body } = await system.producer.get('/health/ready');
  expect(body).toMatchObject({ details: { rabbitmq: { status: 'down', since: expect.any(String) as string } } });
  await sleep(OUTAGE_MS);
  await broker.start();
  await writer.done();
  await system.handledAll(writer.events);
  await system.eventually(async () => (await system.producer.isReady()) && (await system.consumer.isReady()));
  expect(system.handled.byOperation()).toEqual({ insert: INSERTS, update: writer.events - INSERTS });
  expect(system.handled.disordered()).toEqual([]);
  console.log(`broker away for ${OUTAGE_MS / 1000} s: ${system.handled.duplicates} duplicates`);
});
