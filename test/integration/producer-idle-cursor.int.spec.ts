import { eventually } from '@sluice/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RawChangeCursor } from '../../apps/cdc-producer/src/change-stream/raw-change.cursor.js';
import { startMongodb, type ServerHandle } from '../../scripts/lib/servers.mjs';
import { failProducer } from '../harness/fail-point.js';
import { killCursor } from '../harness/kill-cursor.js';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';

/**
 * While the broker takes nothing, a stream is not read, and a server drops a cursor that idles for ten minutes and a
 * session that idles for thirty. Here they are killed in the meantime, on a server of this file's own.
 * https://www.mongodb.com/docs/manual/reference/parameters/#mongodb-parameter-param.cursorTimeoutMillis
 */
let server: ServerHandle;
beforeAll(async () => {
  server = await startMongodb();
});
afterAll(() => server.stop());

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare({ mongodb: server.uri });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await failProducer(producer.mongo, 'off');
  await producer.stop(['full', 'all']);
});

const collection = () => producer.db.collection<{ _id: number }>('documents');
const DOCUMENTS = 60;

describe('a stream that stands still for longer than the server keeps its cursor and session', () => {
  it('is opened again when the broker takes events again: no failure, nothing lost', async () => {
    const queue = await producer.bindQueue('full', '#', { 'x-max-length': 5, 'x-overflow': 'reject-publish' });
    const opened = vi.spyOn(RawChangeCursor.prototype, 'open');
    await producer.start({ windowSize: 5, batchSize: 5, maxAwaitTimeMs: 50 });
    await producer.running();
    await collection().insertMany(Array.from({ length: DOCUMENTS }, (_, _id) => ({ _id })));
    await eventually(() => producer.status.state === 'held');
    expect(opened).toHaveBeenCalledTimes(1);
    expect(await killCursor(producer.db, opened.mock.contexts[0])).toBe(1);
    await producer.mongo.db('admin').command({ killAllSessions: [] });

    const keys: unknown[] = [];
    await eventually(async () => {
      keys.push(...keysOf(await producer.take(queue)));
      expect(producer.status.state).not.toBe('failed');
      return new Set(keys).size === DOCUMENTS;
    });
    // What was in flight behind an event that the full queue refused may be there before it, as it may be twice.
    expect(new Set(keys)).toEqual(new Set(Array.from({ length: DOCUMENTS }, (_, _id) => _id)));
    await eventually(() => producer.status.state === 'running');
    expect(producer.status.counters.reopened).toBe(1);
    expect(producer.status.lastError?.code).toBe('43'); // CursorNotFound
  });

  it.each([
    [206, 'NoSuchSession'],
    [237, 'CursorKilled'],
    [11_601, 'Interrupted'],
  ])('is opened again where the server says %i, %s', async (errorCode) => {
    const queue = await producer.bindQueue();
    await producer.start({ maxAwaitTimeMs: 50 });
    await producer.running();
    await failProducer(producer.mongo, { times: 1 }, { failCommands: ['getMore'], errorCode });
    await eventually(() => producer.status.counters.reopened === 1);
    await collection().insertOne({ _id: 1 });
    await eventually(async () => (await producer.messageCount(queue)) === 1);
    expect(producer.status).toMatchObject({ state: 'running', lastError: { code: String(errorCode) } });
  });
});
