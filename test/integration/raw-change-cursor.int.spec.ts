import { randomBytes } from 'node:crypto';
import { BSON, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RawChangeCursor } from '../../apps/cdc-producer/src/change-stream/raw-change.cursor.js';
import { eventually } from '@sluice/testing';
import { testServers } from '../harness/test-servers.js';

/**
 * The contract that our raw cursor has with the installed driver, whose inside it uses: a new version of the driver that
 * breaks it fails here.
 */
let client: MongoClient;
const database = `t${randomBytes(5).toString('hex')}_cursor`;
beforeAll(async () => {
  client = await MongoClient.connect(testServers().mongodb);
});
afterAll(async () => {
  await client.db(database).dropDatabase();
  await client.close();
});

const open = (start: object = {}) =>
  new RawChangeCursor(client, { database }, [{ $changeStream: start }], { batchSize: 2, maxAwaitTimeMs: 50 });

it('opens with a token, gives raw batches of the size asked for, each with its token, also when empty', async () => {
  const cursor = open();
  const first = await cursor.open();
  expect(first).toMatchObject({
    isEmpty: true,
    closed: false,
    postBatchResumeToken: { _data: expect.any(String) as string },
  });

  const documents = client.db(database).collection<{ _id: number }>('documents');
  await documents.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
  const keys: unknown[] = [];
  const sizes: number[] = [];
  while (keys.length < 3) {
    const { postBatchResumeToken, ...batch } = await cursor.next();
    expect(postBatchResumeToken).toBeDefined();
    const events = [...batch.events];
    if (events.length > 0) sizes.push(events.length);
    expect(batch.isEmpty).toBe(events.length === 0);
    keys.push(...events.map((event) => (BSON.deserialize(event)['documentKey'] as { _id: number })._id));
  }
  expect(keys).toEqual([1, 2, 3]);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2);

  const idle = await cursor.next();
  expect(idle).toMatchObject({
    isEmpty: true,
    closed: false,
    postBatchResumeToken: { _data: expect.any(String) as string },
  });
  await cursor.close();

  const resumed = open({ startAfter: first.postBatchResumeToken });
  const opened = await resumed.open();
  const [again] = (opened.isEmpty ? await resumed.next() : opened).events;
  expect(BSON.deserialize(again ?? new Uint8Array())).toMatchObject({
    operationType: 'insert',
    documentKey: { _id: 1 },
  });
  await resumed.close();
});

it('says that the server has closed it, behind an invalidate', async () => {
  const documents = client.db(database).collection<{ _id: number }>('to-drop');
  await documents.insertOne({ _id: 1 });
  const cursor = new RawChangeCursor(client, { database, collection: 'to-drop' }, [{ $changeStream: {} }], {
    batchSize: 100,
    maxAwaitTimeMs: 50,
  });
  await cursor.open();
  await documents.drop();
  const operations: unknown[] = [];
  for (let batch = await cursor.next(); ; batch = await cursor.next()) {
    operations.push(...[...batch.events].map((event) => BSON.deserialize(event)['operationType'] as unknown));
    if (batch.closed) break;
  }
  expect(operations).toEqual(['drop', 'invalidate']);
  await cursor.close();
});

it('asks for the next batch while one is being worked on, but not beside a large one', async () => {
  const watched = await MongoClient.connect(testServers().mongodb, { monitorCommands: true });
  let asked = 0;
  watched.on('commandStarted', ({ commandName }) => (asked += commandName === 'getMore' ? 1 : 0));
  const cursor = new RawChangeCursor(watched, { database, collection: 'ahead' }, [{ $changeStream: {} }], {
    batchSize: 1,
    maxAwaitTimeMs: 60_000,
  });
  let taken = 0;
  const nextChange = async () => {
    for (let hasChange = false; !hasChange; taken += 1) hasChange = !(await cursor.next()).isEmpty;
  };
  await cursor.open();
  const documents = client.db(database).collection<{ _id: number; text: string }>('ahead');
  await documents.insertOne({ _id: 1, text: 'small' });
  await nextChange();
  await eventually(() => asked === taken + 1);

  await documents.insertOne({ _id: 2, text: 'x'.repeat(5 * 1024 * 1024) });
  await nextChange();
  await watched.db(database).command({ ping: 1 }); // what was asked for before it has been sent
  expect(asked).toBe(taken);
  await cursor.close();
  await watched.close();
});

it('where events are large the server is asked for fewer at once, and none is missed', async () => {
  const documents = Array.from({ length: 300 }, (_, _id) => ({ _id, text: 'x'.repeat(50_000) }));
  const cursor = new RawChangeCursor(client, { database, collection: 'large' }, [{ $changeStream: {} }], {
    batchSize: 1000,
    maxAwaitTimeMs: 50,
  });
  await cursor.open();
  await client.db(database).collection<{ _id: number }>('large').insertMany(documents);
  const keys: unknown[] = [];
  const sizes: number[] = [];
  while (keys.length < documents.length) {
    const events = [...(await cursor.next()).events];
    keys.push(...events.map((event) => (BSON.deserialize(event)['documentKey'] as { _id: number })._id));
    sizes.push(events.length);
  }
  await cursor.close();
  expect(keys).toEqual(documents.map(({ _id }) => _id));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100); // before anything is known of their size
  expect(Math.max(...sizes.slice(-3))).toBeLessThanOrEqual(41); // 2 MB of them
});
