import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
});
afterEach(() => producer.stop(['good']));

const documents = (name: string) => producer.db.collection<{ _id: number; text?: string }>(name);
const statusOf = (name: string) => producer.service.list().find((status) => status.name === name);

it('a failed stream and a held one hold up no other of the same producer', async () => {
  const { database } = producer;
  const stream = (collection: string, over: object = {}) => ({
    name: collection,
    scope: { database, collection },
    maxAwaitTimeMs: 50,
    ...over,
  });
  const queue = await producer.bindQueue('good', `*.insert.${database}.good`);
  await producer.registerGroup('search', [`insert.${database}.#`]);
  await producer.startStreams([
    stream('oversize', { maxMessageBytes: 2048, onOversize: 'fail' }),
    stream('unroutable'),
    stream('good'),
  ]);
  await eventually(() => producer.service.list().every(({ state }) => state === 'running'));

  await documents('oversize').insertOne({ _id: 1, text: 'x'.repeat(4000) });
  await documents('unroutable').insertOne({ _id: 1 });
  await eventually(() => statusOf('oversize')?.state === 'failed' && statusOf('unroutable')?.state === 'held');

  await documents('good').insertMany(Array.from({ length: 3000 }, (_, _id) => ({ _id })));
  await eventually(async () => (await producer.messageCount(queue)) >= 3000);
  expect(new Set(keysOf(await producer.take(queue))).size).toBe(3000);
  expect(statusOf('good')).toMatchObject({ state: 'running', counters: { reopened: 0, resent: 0 } });
  expect([statusOf('oversize')?.state, statusOf('unroutable')?.state]).toEqual(['failed', 'held']);
});
