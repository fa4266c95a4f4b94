import { eventually } from '@sluice/testing';
import type { GetMessage } from 'amqplib';
import { Timestamp } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';

let producer: InProcessProducer;
let queue: string;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
  queue = await producer.bindQueue();
});
afterEach(() => producer.stop(['all']));

const documents = (from: number, count: number) => Array.from({ length: count }, (_, index) => ({ _id: from + index }));
const collection = () => producer.db.collection<{ _id: number }>('documents');
const record = () =>
  producer.state
    .collection<{
      _id: string;
      epoch: number;
      generation: number;
      last: unknown;
      readTo: { token: object } | null;
      pause: unknown;
    }>('streams')
    .findOne({ _id: 'main' });
const headers = (messages: readonly GetMessage[], name: string) =>
  messages.map(({ properties }) => properties.headers?.[name] as unknown);

describe("a stream's position", () => {
  it('is saved before the stream is ready, and before its first event', async () => {
    await producer.start();
    await producer.running();
    expect(await record()).toMatchObject({
      epoch: 1,
      generation: 0,
      last: null,
      readTo: { token: { _data: expect.any(String) as string } },
    });
  });

  it('goes on where it stood: what was written while the producer was away comes once, with a higher epoch', async () => {
    await producer.start();
    await producer.running();
    await collection().insertMany(documents(0, 10));
    await eventually(async () => (await producer.messageCount(queue)) === 10);
    await producer.stopApp();
    await collection().insertMany(documents(10, 10));
    await producer.start();
    await eventually(async () => (await producer.messageCount(queue)) >= 20);
    const messages = await producer.take(queue);
    expect(keysOf(messages)).toEqual(documents(0, 20).map(({ _id }) => _id));
    expect(headers(messages, 'x-sluice-epoch')).toEqual([...Array<number>(10).fill(1), ...Array<number>(10).fill(2)]);
    const positions = headers(messages, 'x-sluice-position') as string[];
    expect(positions).toEqual([...new Set(positions)].sort());
  });

  it('moves on an idle stream too, without changing the last event', async () => {
    await producer.start({ idleCheckpointMs: 100, maxAwaitTimeMs: 50 });
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(async () => (await record())?.last !== null);
    const before = await record();
    await producer.mongo.db(`${producer.name}_elsewhere`).collection('noise').insertOne({});
    await eventually(async () => JSON.stringify((await record())?.readTo) !== JSON.stringify(before?.readTo));
    expect((await record())?.last).toEqual(before?.last);
    await producer.mongo.db(`${producer.name}_elsewhere`).dropDatabase();
  });

  it('opens at the same time again when the pipeline has changed, one generation on: nothing lost', async () => {
    await producer.start();
    await producer.running();
    await collection().insertMany(documents(0, 5));
    await eventually(async () => (await producer.messageCount(queue)) === 5);
    await producer.stopApp();
    await collection().insertMany(documents(5, 5));
    await producer.start({ operations: ['insert', 'delete'] });
    await eventually(async () => new Set(keysOf(await peek())).size >= 10);
    const messages = peeked;
    expect([...new Set(keysOf(messages))]).toEqual(documents(0, 10).map(({ _id }) => _id));
    expect((headers(messages, 'x-sluice-position').at(-1) as string).split('.')[2]).toBe('000001');
    await eventually(async () => (await record())?.generation === 1);
  });

  it('is known although no event has come yet: a changed pipeline loses nothing that was written meanwhile', async () => {
    await producer.start();
    await producer.running();
    expect((await record())?.readTo).toMatchObject({ time: expect.any(Timestamp) as Timestamp });
    await producer.stopApp();
    await collection().insertMany(documents(0, 2));
    await producer.start({ operations: ['insert', 'update'] });
    await collection().insertOne({ _id: 2 });
    await eventually(async () => new Set(keysOf(await peek())).size >= 3);
    expect([...new Set(keysOf(peeked))]).toEqual([0, 1, 2]);
  });

  it('a resume that comes while a pause is under way is not lost', async () => {
    await producer.start();
    await producer.running();
    const paused = producer.service.pause('main');
    await eventually(async () => (await record())?.pause !== null);
    const resumed = producer.service.resume('main');
    await Promise.all([paused, resumed]);
    await producer.running();
  });

  it('is not moved by a producer that another one has followed: it says so, and waits to take the stream again', async () => {
    await producer.start();
    await producer.running();
    const streams = producer.state.collection<{ _id: string }>('streams');
    const leaseUntil = new Date(Date.now() + 600_000);
    await streams.updateOne(
      { _id: 'main' },
      { $inc: { epoch: 1 }, $set: { holder: 'another', process: null, leaseUntil } },
    );
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.state === 'waiting' && producer.status.holder === 'another');
    expect(producer.status).toMatchObject({
      reason: `held by another until ${leaseUntil.toISOString()}`,
      lastError: { code: 'SLUICE-STREAM-FENCED' },
    });
    expect(await record()).toMatchObject({ epoch: 2, last: null });

    await streams.updateOne({ _id: 'main' }, { $set: { leaseUntil: new Date(0) } });
    await producer.running();
    await eventually(async () => (await record())?.last !== null);
    expect(headers(await producer.take(queue), 'x-sluice-epoch').at(-1)).toBe(3);
  });
});

let peeked: GetMessage[] = [];
beforeEach(() => (peeked = []));
async function peek(): Promise<GetMessage[]> {
  peeked.push(...(await producer.take(queue)));
  return peeked;
}
