import { decodeChangeEvent, type ChangeEvent } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RawChangeCursor } from '../../apps/cdc-producer/src/change-stream/raw-change.cursor.js';
import { startMongodb, type ServerHandle } from '../../scripts/lib/servers.mjs';
import { failProducer } from '../harness/fail-point.js';
import { InProcessProducer } from '../harness/in-process.producer.js';

/** The rows of the source's failure policy that a server provokes by itself; the others are in the specs of failures and gaps. */
let server: ServerHandle;
beforeAll(async () => {
  server = await startMongodb();
});
afterAll(() => server.stop());

let producer: InProcessProducer;
let queue: string;
let events: ChangeEvent[];
beforeEach(async () => {
  events = [];
  producer = await InProcessProducer.prepare({ mongodb: server.uri });
  queue = await producer.bindQueue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await failProducer(producer.mongo, 'off');
  await producer.stop(['all']);
});

const stream = { maxAwaitTimeMs: 50 };
const collection = (name = 'documents') => producer.db.collection<{ _id: number }>(name);
const ofCollection = (over: object = {}) => ({
  ...stream,
  scope: { database: producer.database, collection: 'documents' },
  ...over,
});
const records = () => producer.state.collection<{ _id: string; readTo: { token: object } }>('streams');

async function untilOperations(...expected: string[]): Promise<void> {
  await eventually(async () => {
    const messages = await producer.take(queue);
    for (const { content, properties } of messages)
      events.push(decodeChangeEvent(content, String(properties.contentType)).event);
    return events.length >= expected.length;
  });
  expect(events.map(({ operation }) => operation)).toEqual(expected);
}

async function untilFailed(): Promise<string> {
  await eventually(() => producer.status.state === 'failed');
  return producer.status.lastError?.code ?? '';
}

describe('a failure that passes', () => {
  it('by its label, whatever its code: the stream is opened again', async () => {
    await producer.start(stream);
    await producer.running();
    const errorLabels = ['ResumableChangeStreamError'];
    await failProducer(producer.mongo, { times: 1 }, { failCommands: ['getMore'], errorCode: 5_000_001, errorLabels });
    await eventually(() => producer.status.counters.reopened === 1);
    await collection().insertOne({ _id: 1 });
    await untilOperations('insert');
    expect(producer.status.state).toBe('running');
  });

  it('while it lasts, readiness says since when and why; then the stream goes on behind what it has', async () => {
    await producer.start(stream);
    await producer.running();
    await failProducer(producer.mongo, 'alwaysOn', { failCommands: ['getMore', 'aggregate'], errorCode: 10_107 });
    await eventually(() => producer.status.counters.reopened >= 3);
    const first = await producer.readiness();
    expect(first).toMatchObject({
      status: 503,
      stream: {
        state: 'reconnecting',
        since: expect.anything() as unknown,
        reason: expect.stringMatching(/reading failed, attempt \d+: /) as string,
      },
    });
    const { counters } = producer.status;
    await eventually(() => producer.status.counters.reopened > counters.reopened);
    const later = await producer.readiness();
    expect(later.stream?.['since']).toEqual(first.stream?.['since']);
    await collection().insertOne({ _id: 1 });
    await failProducer(producer.mongo, 'off');
    await untilOperations('insert');
    expect((await producer.readiness()).status).toBe(200);
  });
});

describe('a cursor that the server closes without a word', () => {
  it('is opened again behind its token: nothing lost, nothing twice', async () => {
    const next = vi.spyOn(RawChangeCursor.prototype, 'next');
    await producer.start(stream);
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await untilOperations('insert');
    const opened = vi.spyOn(RawChangeCursor.prototype, 'open');
    next.mockImplementationOnce(async function (this: RawChangeCursor) {
      next.mockRestore();
      const batch = await this.next();
      return { ...batch, closed: true };
    });
    await eventually(() => opened.mock.calls.length === 1);
    await collection().insertOne({ _id: 2 });
    await untilOperations('insert', 'insert');
    expect(producer.status).toMatchObject({ state: 'running', counters: { captured: 2, resent: 0 } });
  });
});

describe('an invalidate', () => {
  it.each([
    ['drop', () => collection().drop()],
    ['rename', () => collection().rename('renamed')],
  ])(
    'behind a %s of the watched collection is published, and the stream goes on behind it',
    async (operation, make) => {
      await collection().insertOne({ _id: 0 });
      await producer.start(ofCollection());
      await producer.running();
      await make();
      await untilOperations(operation, 'invalidate');
      await collection().insertOne({ _id: 1 });
      await untilOperations(operation, 'invalidate', 'insert');
    },
  );

  it('that came while the producer was away is passed as well, and a restart behind it opens', async () => {
    await collection().insertOne({ _id: 0 });
    await producer.start(ofCollection());
    await producer.running();
    await producer.stopApp();
    await collection().drop();
    await producer.start(ofCollection());
    await untilOperations('drop', 'invalidate');
    await producer.stopApp();
    await collection().insertOne({ _id: 1 });
    await producer.start(ofCollection());
    await untilOperations('drop', 'invalidate', 'insert');
  });

  it('does not come for a rename within a watched database', async () => {
    await collection().insertOne({ _id: 0 });
    await producer.start(stream);
    await producer.running();
    await collection().rename('renamed');
    await collection('renamed').insertOne({ _id: 1 });
    await untilOperations('rename', 'insert');
    expect(events[0]).toMatchObject({ to: { db: producer.database, coll: 'renamed' } });
  });
});

describe('a token that the server does not accept', () => {
  it('stops the stream, which says what to do; without its position it starts anew', async () => {
    await producer.start(stream);
    await producer.running();
    await producer.stopApp();
    await records().updateOne({ _id: 'main' }, { $set: { 'readTo.token': { _data: 'no hex at all' } } });
    await producer.start(stream);
    expect(await untilFailed()).toBe('SLUICE-STREAM-TOKEN-INVALID');
    expect(producer.status.reason).toMatch(
      /does not accept its saved resume token \(.+\).*have it go on from now: POST \/api\/v1\/streams\/\w+\/pause/,
    );
    await records().deleteOne({ _id: 'main' });
    await producer.service.resume('main');
    await producer.running();
  });

  it('stops it too where it is the one to start at', async () => {
    await producer.start({ ...stream, startAt: { _data: '00' } });
    expect(await untilFailed()).toBe('SLUICE-STREAM-TOKEN-INVALID');
  });
});

describe('a required image that is not recorded', () => {
  it('stops the stream, names the collections and their collMod; whenAvailable passes what has none', async () => {
    await collection('plain').insertOne({ _id: 1 });
    await producer.db.createCollection('recorded', { changeStreamPreAndPostImages: { enabled: true } });
    await producer.start({ ...stream, fullDocumentBeforeChange: 'required' });
    await producer.running();
    await collection('plain').updateOne({ _id: 1 }, { $set: { text: 'x' } });
    expect(await untilFailed()).toBe('SLUICE-STREAM-IMAGE-MISSING');
    const { database } = producer;
    expect(producer.status.reason).toContain(
      `db.getSiblingDB("${database}").runCommand({ collMod: "plain", changeStreamPreAndPostImages: { enabled: true } })`,
    );
    expect(producer.status.reason).not.toContain('"recorded"');
    await producer.stopApp();

    await producer.start({ ...stream, fullDocumentBeforeChange: 'whenAvailable' });
    await untilOperations('update');
    expect(events[0]?.operation === 'update' && events[0].fullDocumentBeforeChange).toBeNull();
  });
});

describe('a user whose privilege is revoked', () => {
  it.each([13, 18])(
    '(%i) stops the stream, which names the privilege and goes on once it is granted',
    async (errorCode) => {
      await producer.start(ofCollection());
      await producer.running();
      await failProducer(producer.mongo, 'alwaysOn', { failCommands: ['getMore', 'aggregate'], errorCode });
      expect(await untilFailed()).toBe('SLUICE-STREAM-NOT-AUTHORISED');
      expect(producer.status.reason).toContain(`"find" and "changeStream" on ${producer.database}.documents`);
      await failProducer(producer.mongo, 'off');
      await collection().insertOne({ _id: 1 });
      await producer.service.resume('main');
      await untilOperations('insert');
    },
  );
});

describe('a standalone server', () => {
  it('ends the app with the sentence that says how to make it a replica set', async () => {
    const alone = await startMongodb({ standalone: true });
    onTestFinished(() => alone.stop());
    const beside = await InProcessProducer.prepare({ mongodb: alone.uri });
    onTestFinished(() => beside.stop());
    await beside.start();
    await eventually(() => beside.exits.length > 0);
    expect(beside.exits[0]).toMatchObject({
      code: 'SLUICE-MONGODB-STANDALONE',
      message: expect.stringMatching(/--replSet rs0.*rs\.initiate\(\)/) as string,
    });
  });
});
