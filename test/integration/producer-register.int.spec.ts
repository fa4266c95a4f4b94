import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HealthController } from '../../apps/cdc-producer/src/health/health.controller.js';
import { InProcessProducer } from '../harness/in-process.producer.js';

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
});
afterEach(() => producer.stop(['all']));

it('a stream holds for the queue of a foreign group, and no longer once the group is retired', async () => {
  const queue = await producer.bindQueue();
  await producer.registerGroup('mirror', ['#'], { queues: [queue] });
  const stock = { kind: 'foreign', queues: [`${producer.name}.stock`] };
  await producer.registerGroup('stock', ['insert.#'], stock);
  await producer.start();
  await eventually(() => producer.status.state === 'held');
  expect(producer.status.reason).toContain(`${producer.name}.stock`);
  await producer.registerGroup('stock', ['insert.#'], { ...stock, state: 'retired', revision: 1 });
  await producer.running();
  await producer.db.collection('orders').insertOne({ n: 1 });
  await eventually(async () => (await producer.messageCount(queue)) === 1);
});

it('a group that nobody has served for a day is told by readiness, which stays up', async () => {
  const queue = await producer.bindQueue();
  const long = new Date(Date.now() - 25 * 3_600_000);
  await producer.registerGroup('mirror', ['#'], { queues: [queue], joiningSince: long, memberSeenAt: long });
  await producer.start();
  await producer.running();
  const groups = async () => (await producer.part(HealthController).ready()).details['groups'];
  expect(await groups()).toMatchObject({ status: 'up', state: 'absent' });
  expect((await groups())?.['reason']).toContain(`"mirror" has had no consumer since ${long.toISOString()}`);
  await producer.registerGroup('mirror', ['#'], { queues: [queue], joiningSince: long, memberSeenAt: new Date() });
  await eventually(async () => (await groups())?.['state'] === 'served');
});
