import { decodeChangeEvent } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMongodb, type ServerHandle } from '../../scripts/lib/servers.mjs';
import { failProducer, type FailMode } from '../harness/fail-point.js';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';

/** A server of its own: a fail point is the whole server's. */
let server: ServerHandle;
beforeAll(async () => {
  server = await startMongodb();
});
afterAll(() => server.stop());

let producer: InProcessProducer;
let queue: string;
beforeEach(async () => {
  producer = await InProcessProducer.prepare({ mongodb: server.uri });
  queue = await producer.bindQueue();
});
afterEach(async () => {
  await failPoint('off');
  await producer.stop(['all']);
});

const collection = () => producer.db.collection<{ _id: number }>('documents');

const failPoint = (mode: FailMode, data: object = {}) => failProducer(producer.mongo, mode, data);

describe('a failed read', () => {
  it.each([
    ['cursor not found', { failCommands: ['getMore'], errorCode: 43 }],
    ['a fail-over', { failCommands: ['getMore'], errorCode: 11602 }],
    ['a lost connection', { failCommands: ['getMore'], closeConnection: true }],
    ['a code that nobody knows', { failCommands: ['getMore'], errorCode: 424242 }],
  ])('%s: the stream is opened again from the last batch, and loses nothing', async (_what, data) => {
    await producer.start({ maxAwaitTimeMs: 50 });
    await producer.running();
    await collection().insertOne({ _id: 0 });
    await failPoint({ times: 3 }, data);
    await collection().insertMany([{ _id: 1 }, { _id: 2 }]);
    await eventually(() => producer.status.counters.reopened > 0);
    await collection().insertOne({ _id: 3 });
    await eventually(async () => (await producer.messageCount(queue)) >= 4);
    await eventually(() => producer.status.state === 'running');
    expect([...new Set(keysOf(await producer.take(queue)))]).toEqual([0, 1, 2, 3]);
  });

  it.each([
    [286, 'SLUICE-STREAM-HISTORY-LOST', /stands at \S+Z, and the server cannot go on behind its resume token/],
    [260, 'SLUICE-STREAM-TOKEN-INVALID', /does not accept its saved resume token/],
    [10334, 'SLUICE-STREAM-EVENT-OVERSIZE', /over 16 MB/],
    [13, 'SLUICE-STREAM-NOT-AUTHORISED', /"find" and "changeStream"/],
    [47, 'SLUICE-STREAM-IMAGE-MISSING', /collMod/],
  ])('code %i stops the stream with %s, and resume starts it again', async (errorCode, code, says) => {
    await producer.start({ maxAwaitTimeMs: 50 });
    await producer.running();
    await failPoint('alwaysOn', { failCommands: ['getMore', 'aggregate'], errorCode });
    await eventually(() => producer.status.state === 'failed');
    expect(producer.status.lastError).toMatchObject({ code, message: expect.stringMatching(says) as string });
    await failPoint('off');
    await collection().insertOne({ _id: 1 });
    await producer.service.resume('main');
    await eventually(async () => (await producer.messageCount(queue)) === 1);
  });

  it.each(['restart', 'resume'] as const)(
    'a stream that failed on one producer is started again by a %s that another one was asked for',
    async (asked) => {
      const other = producer.beside();
      await producer.start({ maxAwaitTimeMs: 50 });
      await producer.running();
      await other.start({ maxAwaitTimeMs: 50 });
      try {
        await failPoint('alwaysOn', { failCommands: ['getMore', 'aggregate'], errorCode: 286 });
        await eventually(() => producer.status.state === 'failed');
        await failPoint('off');
        await other.service[asked]('main');
        await producer.running();
      } finally {
        await other.stopApp();
      }
    },
  );

  it('a standalone server ends the app with the sentence that says how to mend it', async () => {
    await producer.start();
    await producer.running();
    await failPoint('alwaysOn', { failCommands: ['getMore', 'aggregate'], errorCode: 40573 });
    await eventually(() => producer.exits.length > 0);
    expect(producer.exits[0]?.message).toMatch(/standalone.*--replSet rs0.*rs\.initiate\(\)/);
  });
});

describe('a dropped database', () => {
  it('comes as drop, dropDatabase and invalidate, and the stream goes on behind it', async () => {
    await producer.start({ maxAwaitTimeMs: 50 });
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await producer.db.dropDatabase();
    await eventually(async () => (await producer.messageCount(queue)) >= 4);
    await collection().insertOne({ _id: 2 });
    await eventually(async () => (await producer.messageCount(queue)) >= 5);
    const messages = await producer.take(queue);
    const { database } = producer;
    expect(messages.map(({ fields }) => fields.routingKey.replace(/^\d\d\./, ''))).toEqual([
      `insert.${database}.documents`,
      `drop.${database}.documents`,
      `dropDatabase.${database}`,
      'invalidate.main',
      `insert.${database}.documents`,
    ]);
  });
});

describe('an event that the server cannot send (over 16 MB, and not split)', () => {
  it('comes under onOversize: omitDocument without its large fields, marked; those around it come whole', async () => {
    await producer.start({ maxAwaitTimeMs: 50, onOversize: 'omitDocument' });
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(async () => (await producer.messageCount(queue)) === 1);
    await failPoint({ times: 2 }, { failCommands: ['getMore', 'aggregate'], errorCode: 10334 });
    await eventually(() => producer.status.counters.reopened === 2 && producer.status.state === 'running');
    await collection().insertOne({ _id: 2 });
    await eventually(async () => (await producer.messageCount(queue)) === 2);
    await collection().insertOne({ _id: 3 });
    await eventually(async () => (await producer.messageCount(queue)) === 3);
    const events = (await producer.take(queue)).map(({ content }) => decodeChangeEvent(content, undefined).event);
    expect(events).toMatchObject([
      { fullDocument: { _id: 1 } },
      { documentKey: { _id: 2 }, omitted: { fullDocument: true } },
      { fullDocument: { _id: 3 } },
    ]);
    expect(events[1]).not.toHaveProperty('fullDocument');
    expect(producer.status.counters.omitted).toBe(1);
  });
});

describe('an event too large for a message', () => {
  it('stops the stream under onOversize: fail and is named; what came before it is out', async () => {
    await producer.start({ maxMessageBytes: 2048, onOversize: 'fail' });
    await producer.running();
    await producer.db.collection<{ _id: number; text: string }>('documents').insertMany([
      { _id: 1, text: 'small' },
      { _id: 2, text: 'x'.repeat(4000) },
    ]);
    await eventually(() => producer.status.state === 'failed');
    expect(producer.status.lastError?.code).toBe('SLUICE-MESSAGE-OVERSIZE');
    expect(producer.status.reason).toMatch(/maxMessageBytes allows 2048/);
    expect(await producer.messageCount(queue)).toBe(1);
  });
});

describe('a failed save', () => {
  it('of the very first position is tried again until it is there; the stream is ready then', async () => {
    await failPoint({ times: 4 }, { failCommands: ['update'], errorCode: 91 });
    await producer.start();
    // After each the driver takes the server for lost until it has answered the next hello: up to ten seconds.
    await eventually(() => producer.status.state === 'running', { timeoutMs: 90_000 });
    const record = await producer.state.collection<{ _id: string }>('streams').findOne({ _id: 'main' });
    expect(record).toMatchObject({ readTo: { token: { _data: expect.any(String) as string } } });
  });
});
