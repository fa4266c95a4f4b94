import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../apps/cdc-producer/src/checkpoint/stream-record.js';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
});
afterEach(() => producer.stop(['all', 'some']));

const collection = (name = 'documents') => producer.db.collection<{ _id: number; n?: number }>(name);
const events = () => producer.state.collection('parkedEvents');

/** Which operations came for each document, in order. */
async function arrived(queue: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const message of await producer.take(queue)) {
    const [bucket, operation = ''] = message.fields.routingKey.split('.');
    const [key] = bucket?.match(/^\d+$/) ? keysOf([message]) : ['control'];
    (found[String(key)] ??= []).push(bucket?.match(/^\d+$/) ? operation : String(bucket));
  }
  return found;
}

describe('an event that a group wants and no queue takes, under onUnroutable: park', () => {
  it('is put aside with all that follows of its document; the others go on; routed again, each document is in order', async () => {
    const queue = await producer.bindQueue('some', '*.delete.#');
    await producer.channel.bindQueue(queue, producer.exchange, '*.update.#');
    await producer.registerGroup('search', ['#']);
    await producer.start({ onUnroutable: 'park' });
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.parked === 1);
    // Routable by itself, but behind what is parked of its document.
    await collection().updateOne({ _id: 1 }, { $set: { n: 1 } });
    await eventually(() => producer.status.parked === 2);
    expect(producer.status.state).toBe('running');
    expect(producer.status.reason).toMatch(/2 events are parked, because no queue takes them/);
    expect(await producer.messageCount(queue)).toBe(0);
    // The position goes on: nothing of it is read again.
    const saved = await eventually(() => producer.status.position.last ?? undefined);
    expect(saved).toBeDefined();

    await producer.channel.bindQueue(queue, producer.exchange, '#');
    await producer.registerGroup('search', ['#'], { revision: 1, generation: 2 });
    await eventually(() => producer.status.parked === 0);
    expect(producer.status.counters.confirmedByOperation).toEqual({ insert: 1, update: 1 });
    await collection().deleteOne({ _id: 1 });
    await eventually(async () => (await producer.messageCount(queue)) >= 3);
    expect(await arrived(queue)).toEqual({ 1: ['insert', 'update', 'delete'] });
    expect(await events().countDocuments()).toBe(0);
  });

  it('is still parked after a restart, before anything of its document goes out', async () => {
    const queue = await producer.bindQueue('some', '*.update.#');
    await producer.registerGroup('search', ['#']);
    await producer.start({ onUnroutable: 'park' });
    await producer.running();
    await collection().insertMany([{ _id: 1 }, { _id: 2 }]);
    await eventually(() => producer.status.parked === 2);
    await producer.stopApp();
    await collection().updateMany({}, { $set: { n: 1 } });
    await producer.start({ onUnroutable: 'park' });
    await eventually(() => producer.status.parked === 4);
    expect(await producer.messageCount(queue)).toBe(0);
    await producer.channel.bindQueue(queue, producer.exchange, '#');
    await eventually(() => producer.status.parked === 0);
    expect(await arrived(queue)).toEqual({ 1: ['insert', 'update'], 2: ['insert', 'update'] });
  });

  it('goes out only behind what a kill has the stream read again: a repeat leaves nothing out', async () => {
    const queue = await producer.bindQueue('some', '*.insert.#');
    await producer.registerGroup('search', ['#']);
    await producer.start({ onUnroutable: 'park' });
    await producer.running();
    const streams = producer.state.collection<Pick<StreamRecord, '_id' | 'last' | 'readTo'>>('streams');
    const before = await streams.findOne({ _id: 'main' });
    await collection().insertOne({ _id: 1 });
    await collection().updateOne({ _id: 1 }, { $set: { n: 1 } });
    await eventually(() => producer.status.parked === 1);
    await producer.stopApp();
    // As a kill before the position was saved would leave it.
    await streams.updateOne({ _id: 'main' }, { $set: { last: before?.last ?? null, readTo: before?.readTo ?? null } });
    await producer.channel.bindQueue(queue, producer.exchange, '#');
    await producer.start({ onUnroutable: 'park' });
    await eventually(async () => (await producer.messageCount(queue)) >= 3);
    await eventually(() => producer.status.parked === 0);
    expect(await arrived(queue)).toEqual({ 1: ['insert', 'insert', 'update'] });
    expect(await events().countDocuments()).toBe(0);
  });

  it('keeps a drop behind it, and keeps behind the drop what comes after that', async () => {
    const queue = await producer.bindQueue('some', '*.delete.#');
    await producer.channel.bindQueue(queue, producer.exchange, 'drop.#');
    await producer.registerGroup('search', ['#']);
    await producer.start({ onUnroutable: 'park' });
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.parked === 1);
    await collection().drop();
    await eventually(() => producer.status.parked === 2);
    await collection('others').insertOne({ _id: 2 });
    await eventually(() => producer.status.parked === 3);
    await producer.channel.bindQueue(queue, producer.exchange, '#');
    await eventually(async () => (await producer.messageCount(queue)) >= 3);
    const keys = (await producer.take(queue)).map(
      ({ fields }) => fields.routingKey.replace(/^\d+\./, '').split('.')[0],
    );
    expect(keys).toEqual(['insert', 'drop', 'insert']);
  });

  it('is not taken away, and parked no more, by a producer that has lost the stream', async () => {
    await producer.bindQueue('some', '*.delete.#');
    await producer.registerGroup('search', ['#']);
    await producer.start({ onUnroutable: 'park' });
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.parked === 1);
    await producer.state.collection<{ _id: string }>('streams').updateOne({ _id: 'main' }, { $inc: { epoch: 1 } });
    await collection().updateOne({ _id: 1 }, { $set: { n: 1 } });
    await eventually(() => producer.status.lastError?.code === 'SLUICE-STREAM-FENCED');
    expect(await events().countDocuments()).toBe(1);
  });

  it('is let go, and counted, once the group that it waited for is gone: it keeps its document from no other group', async () => {
    const queue = await producer.bindQueue('some', '*.update.#');
    await producer.registerGroup('search', ['#']);
    await producer.registerGroup('audit', ['update.#']);
    await producer.start({ onUnroutable: 'park' });
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.parked === 1);
    await collection().updateOne({ _id: 1 }, { $set: { n: 1 } });
    await eventually(() => producer.status.parked === 2);
    await producer.state.collection<{ _id: string }>('groups').deleteOne({ _id: 'search' });
    await eventually(() => producer.status.parked === 0);
    expect(await arrived(queue)).toEqual({ 1: ['update'] });
    expect(producer.status.counters.skipped).toBe(1);
    expect(await events().countDocuments()).toBe(0);
  });

  it('is held where no group has registered: there is nobody to go on for', async () => {
    await producer.start({ onUnroutable: 'park' });
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.state === 'held');
    expect(producer.status.reason).toMatch(/no consumer group has registered yet/);
    expect(producer.status.parked).toBe(0);
  });
});
