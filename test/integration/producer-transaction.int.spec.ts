import { parsePositionKey } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import type { ConsumeMessage, GetMessage } from 'amqplib';
import type { Timestamp } from 'mongodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InProcessProducer } from '../harness/in-process.producer.js';

const OPERATIONS = 5000;

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
});
afterEach(() => producer.stop(['full', 'all']));

const collection = () => producer.db.collection<{ _id: number }>('documents');

async function insertInOneTransaction(): Promise<void> {
  await producer.db.createCollection('documents');
  await producer.mongo.withSession((session) =>
    session.withTransaction(async () => {
      for (let from = 0; from < OPERATIONS; from += 1000) {
        const some = Array.from({ length: 1000 }, (_, index) => ({ _id: from + index }));
        await collection().insertMany(some, { session });
      }
    }),
  );
}

const idsOf = (messages: readonly GetMessage[]) =>
  new Set(messages.map(({ properties }) => properties.messageId as unknown));

/** Takes a queue empty, and whatever comes to it later. */
async function collect(queue: string, messages: GetMessage[]): Promise<void> {
  const keep = (message: ConsumeMessage | null) => {
    if (message !== null) messages.push({ ...message, fields: { ...message.fields, messageCount: 0 } });
  };
  await producer.channel.consume(queue, keep, { noAck: true });
}

async function savedOrdinal(): Promise<number> {
  const record = await producer.state
    .collection<{ _id: string; last: { clusterTime: Timestamp; ordinal: number } | null }>('streams')
    .findOne({ _id: 'main' });
  return record?.last?.ordinal ?? -1;
}

it('a resume in the middle of a large transaction gives its operations the ids and positions they had', async () => {
  const stream = { operations: ['insert'] };
  const messages: GetMessage[] = [];
  // Takes about so many, then refuses: the stream is stopped while the transaction is half out.
  const full = await producer.bindQueue('full', '*.insert.#', {
    'x-max-length': 2500,
    'x-overflow': 'reject-publish',
  });
  await producer.start(stream);
  await producer.running();
  await insertInOneTransaction();
  await eventually(() => producer.status.state === 'held');
  await producer.stopApp();
  const ordinal = await savedOrdinal();

  await collect(full, messages);
  await eventually(async () => (await producer.messageCount(full)) === 0);
  expect(idsOf(messages).size).toBeLessThan(OPERATIONS);
  await producer.channel.deleteQueue(full);
  await collect(await producer.bindQueue('all', '*.insert.#'), messages);
  await producer.start(stream);
  await eventually(() => idsOf(messages).size === OPERATIONS);

  const positionsById = new Map<string, Set<string>>();
  for (const { properties } of messages) {
    const positions = positionsById.get(String(properties.messageId)) ?? new Set();
    positionsById.set(String(properties.messageId), positions.add(String(properties.headers?.['x-sluice-position'])));
  }
  expect(positionsById.size).toBe(OPERATIONS);
  const positions = [...positionsById.values()].map((several) => [...several]);
  expect(positions.every(({ length }) => length === 1)).toBe(true);
  expect(positions.flat()).toEqual([...new Set(positions.flat())].sort());

  const times = new Set(positions.flat().map((key) => key.slice(0, 21)));
  if (times.size > 1) return; // a server that gives each operation a cluster time of its own
  expect(ordinal).toBeGreaterThan(0);
  expect(ordinal).toBeLessThan(OPERATIONS - 1);
  expect(positions.flat().map((key) => parsePositionKey(key)?.ordinal)).toEqual(
    Array.from({ length: OPERATIONS }, (_, index) => index),
  );
});
