import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InProcessProducer } from '../harness/in-process.producer.js';

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
});
afterEach(() => producer.stop(['old', 'new']));

const settled = async () => {
  const record = await producer.state.collection<{ _id: string; settled?: object }>('streams').findOne({ _id: 'main' });
  return record?.settled;
};

it("a stream goes on while a group's queues change, says that it has settled, and is held by what is missing of the new", async () => {
  const old = await producer.bindQueue('old');
  const next = { id: 'x', partitions: 2, generation: 2, queues: [`${producer.name}.new`], step: 'binding', ended: [] };
  await producer.registerGroup('mirror', ['#'], { queues: [old], next });
  await producer.start();
  await producer.running();
  await producer.db.collection('orders').insertOne({ n: 1 });
  await eventually(async () => (await producer.messageCount(old)) === 1);
  expect(await settled()).toBeUndefined(); // the new queues are not bound yet

  await producer.registerGroup('mirror', ['#'], { queues: [old], next: { ...next, step: 'settling' } });
  await eventually(() => producer.status.state === 'held');
  expect(producer.status.reason).toContain(`${producer.name}.new`);
  await producer.bindQueue('new');
  await eventually(() => producer.status.state === 'running');
  await eventually(async () => JSON.stringify(await settled()) === '{"mirror":"x"}');

  await producer.registerGroup('mirror', ['#'], { queues: [old], next: { ...next, step: 'reading' } });
  await producer.channel.deleteQueue(old); // whoever reads it needs it; the stream does not
  await producer.db.collection('orders').insertOne({ n: 2 });
  await eventually(async () => (await producer.messageCount(`${producer.name}.new`)) === 1);
});
