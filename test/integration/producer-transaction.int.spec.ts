import { parsePositionKey } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import type { GetMessage } from 'amqplib';
import type { Timestamp } from 'mongodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';

const OPERATIONS = 1200;

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
});
afterEach(() => producer.stop(['full']));

const collection = () => producer.db.collection<{ _id: number }>('documents');

async function insertInOneTransaction(): Promise<void> {
  await producer.db.createCollection('documents');
  await producer.mongo.withSession((session) =>
    session.withTransaction(async () => {
      for (let from = 0; from < OPERATIONS; from += 100) {
        const some = Array.from({ length: 100 }, (_, index) => ({ _id: from + index }));
        await collection().insertMany(some, { session });
      }
    }),
  );
}

async function savedOrdinal(): Promise<number> {
  const record = await producer.state
    .collection<{ _id: string; last: { clusterTime: Timestamp; ordinal: number } | null }>('streams')
    .findOne({ _id: 'main' });
  return record?.last?.ordinal ?? -1;
}

it('a resume in the middle of a large transaction gives its operations the ids and positions they had', async () => {
  const stream = { windowSize: 100, operations: ['insert'] };
  const messages: GetMessage[] = [];
  // Takes about so many, then refuses: the stream is stopped while the transaction is half out.
  const queue = await producer.bindQueue('full', '*.insert.#', { 'x-max-length': 300, 'x-overflow': 'reject-publish' });
  await producer.start(stream);
  await producer.running();
  await insertInOneTransaction();
  await eventually(() => producer.status.state === 'held', { timeoutMs: 20_000 });
  await producer.stopApp();
  const ordinal = await savedOrdinal();

  messages.push(...(await producer.take(queue)));
  expect(new Set(keysOf(messages)).size).toBeLessThan(OPERATIONS);
  await producer.start(stream);
  await eventually(
    async () => {
      messages.push(...(await producer.take(queue)));
      return new Set(keysOf(messages)).size === OPERATIONS;
    },
    { timeoutMs: 50_000 },
  );

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
