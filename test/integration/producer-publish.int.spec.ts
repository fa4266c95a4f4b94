import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
});
afterEach(() => producer.stop(['all', 'some', 'full', 'realtime']));

const documents = (from: number, count: number) => Array.from({ length: count }, (_, index) => ({ _id: from + index }));
const collection = () => producer.db.collection<{ _id: number }>('documents');

describe('an event that no queue takes', () => {
  it('is held while no group has registered, says what to do, and goes out in order once a queue is there', async () => {
    await producer.start();
    await producer.running();
    await collection().insertMany(documents(0, 20));
    await eventually(() => producer.status.state === 'held');
    expect(producer.status.reason).toMatch(
      /no queue takes "insert\.\w+\.documents".*no consumer group has registered yet.*Start cdc-consumer/,
    );
    expect(producer.status.counters.confirmedByOperation).toEqual({});
    expect(producer.status.position.last).toBeNull();

    const queue = await producer.bindQueue();
    await eventually(async () => (await producer.messageCount(queue)) >= 20);
    await eventually(() => producer.status.state === 'running' && producer.status.position.last !== null);
    const keys = keysOf(await producer.take(queue));
    expect(keys.filter((key, index) => keys.indexOf(key) === index)).toEqual(documents(0, 20).map(({ _id }) => _id));
  });

  it('is held when a bound group asks for it, and named', async () => {
    await producer.registerGroup('search', [`insert.${producer.database}.documents`]);
    await producer.start();
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.state === 'held');
    expect(producer.status.reason).toMatch(/group "search" asks for it, but has no queue bound/);

    // Each attempt to send it again is part of the same hold: `since` says when that began.
    const { since } = producer.status;
    const { returned } = producer.status.counters;
    const seen = new Set<string>();
    await eventually(() => {
      seen.add(`${producer.status.state} ${producer.status.since}`);
      return producer.status.counters.returned >= returned + 2;
    });
    expect([...seen]).toEqual([`held ${since}`]);
  });

  it('that waits at the start holds the stream with the reason, before it has ever run', async () => {
    const queue = await producer.bindQueue();
    await producer.start({ windowSize: 10 });
    await producer.running();
    await collection().insertOne({ _id: 0 });
    await eventually(() => producer.status.position.last !== null);
    await producer.stopApp();
    await producer.channel.deleteQueue(queue);
    await collection().insertMany(documents(1, 50));
    await producer.start({ windowSize: 10 });
    await eventually(() => producer.status.state === 'held');
    expect(producer.status.reason).toMatch(/no queue takes/);
  });

  it('is counted and passed when no group asks for it, without stopping the others', async () => {
    const queue = await producer.bindQueue('some', '*.delete.#');
    await producer.registerGroup('cleaner', ['delete.#']);
    await producer.start();
    await producer.running();
    await collection().insertMany(documents(0, 200));
    await collection().deleteMany({});
    await eventually(async () => (await producer.messageCount(queue)) >= 200);
    await eventually(() => producer.status.counters.skipped >= 200);
    expect(producer.status.state).toBe('running');
    const keys = keysOf(await producer.take(queue));
    expect([...new Set(keys)]).toEqual(documents(0, 200).map(({ _id }) => _id));
  });

  it('is passed under onUnroutable: skip, and counted', async () => {
    await producer.registerGroup('search', ['insert.#']);
    await producer.start({ onUnroutable: 'skip' });
    await producer.running();
    await collection().insertMany(documents(0, 3));
    await eventually(() => producer.status.counters.skipped >= 3);
    await eventually(() => producer.status.position.last !== null);
  });
});

describe('a queue that refuses because it is full', () => {
  it('holds the stream; what was refused comes again in order when there is room', async () => {
    const queue = await producer.bindQueue('full', '#', { 'x-max-length': 10, 'x-overflow': 'reject-publish' });
    await producer.start();
    await producer.running();
    await collection().insertMany(
      documents(0, 1000),
    ); /* a quorum queue's limit is soft: a burst must be far above it */
    await eventually(() => producer.status.state === 'held');
    expect(producer.status.reason).toMatch(/negative confirm/);
    const keys: unknown[] = [];
    await eventually(async () => {
      keys.push(...keysOf(await producer.take(queue)));
      return new Set(keys).size === 1000 && keys.at(-1) === 999;
    });
    // What was in flight behind the first refusal may find room before it does; it comes again behind it.
    const lastTimes = keys.filter((key, index) => keys.lastIndexOf(key) === index);
    expect(lastTimes).toEqual(documents(0, 1000).map(({ _id }) => _id));
  });
});

describe('a group that is joining', () => {
  it('is waited for, so that it misses nothing from the moment it is bound', async () => {
    const queue = await producer.bindQueue();
    await producer.registerGroup('search', ['insert.#'], { state: 'joining' });
    await producer.start();
    await eventually(() => producer.status.reason === 'group "search" is joining');
    await eventually(() => producer.status.position.savedAt !== null);
    expect(producer.status.state).toBe('waiting');
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.counters.captured === 1);
    expect(await producer.messageCount(queue)).toBe(0);
    await producer.registerGroup('search', ['insert.#']);
    await eventually(async () => (await producer.messageCount(queue)) === 1);
  });
});

describe('a bound group that has lost its queues', () => {
  it('is noticed and named although live push takes every message', async () => {
    const stream = await producer.bindQueue('realtime', '#', { 'x-queue-type': 'stream' });
    await producer.registerGroup('search', ['insert.#'], { queues: [`${producer.name}.some`] });
    await producer.start();
    await eventually(() => producer.status.state === 'held');
    await eventually(() => producer.status.position.savedAt !== null);
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.counters.captured === 1);
    expect(producer.status.reason).toMatch(/group "search" is missing/);
    expect(await producer.messageCount(stream)).toBe(0);

    const queue = await producer.bindQueue('some');
    await eventually(async () => (await producer.messageCount(queue)) === 1);
    expect(producer.status.counters.published).toBe(1);
  });

  it('is noticed and named although another group takes every message, and publishing goes on when they are back', async () => {
    const queue = await producer.bindQueue();
    const lost = `${producer.name}.some`;
    await producer.registerGroup('analytics', ['insert.#'], { queues: [queue] });
    await producer.registerGroup('search', ['insert.#'], { queues: [lost] });
    await producer.start();
    await eventually(() => producer.status.state === 'held');
    await eventually(() => producer.status.position.savedAt !== null);
    expect(producer.status.reason).toMatch(new RegExp(`queue "${lost}" of group "search" is missing.*cdc-consumer`));
    await collection().insertOne({ _id: 1 });
    await eventually(() => producer.status.counters.captured === 1);
    expect(await producer.messageCount(queue)).toBe(0);

    await producer.bindQueue('some');
    await eventually(async () => (await producer.messageCount(lost)) === 1);
    expect(keysOf(await producer.take(queue))).toEqual([1]);
    expect(producer.status.state).toBe('running');
  });
});

describe('a window of one event', () => {
  it('is not filled by the tokens of an idle stream', async () => {
    const queue = await producer.bindQueue();
    await producer.start({ windowSize: 1, maxAwaitTimeMs: 20, idleCheckpointMs: 3_600_000 });
    await producer.running();
    await collection().insertOne({ _id: 0 });
    await eventually(async () => (await producer.messageCount(queue)) === 1);
    await eventually(async () => (await producer.state.collection('streams').findOne({}))?.['last'] !== null);
    // Elsewhere, so that batches pass by without an event of ours.
    for (let pass = 0; pass < 5; pass++) await producer.state.collection('noise').insertOne({});
    await collection().insertMany(documents(1, 5));
    await eventually(async () => (await producer.messageCount(queue)) === 6);
  });
});
