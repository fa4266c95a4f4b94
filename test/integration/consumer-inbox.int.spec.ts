import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { FENCE_COLLECTION, INBOX_COLLECTION, positionKey } from '@sluice/contracts';
import { Inbox, type InboxEntry, type InboxWork } from '@sluice/handlers';
import { eventually } from '@sluice/testing';
import fc from 'fast-check';
import { MongoClient } from 'mongodb';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConsumerSettings } from '../../apps/cdc-consumer/src/config/consumer.settings.js';
import type { InboxConnections } from '../../apps/cdc-consumer/src/inbox/inbox.connections.js';
import { InboxPreparation } from '../../apps/cdc-consumer/src/inbox/inbox.preparation.js';
import { MongoInbox } from '../../apps/cdc-consumer/src/inbox/mongo-inbox.store.js';
import {
  anEntry,
  CONTRACT_TTL_MS,
  inboxContract,
  type InboxUnderTest,
} from '../../libs/testing/src/inbox/inbox.contract.spec.js';
import { faultOf, historyArbitrary, play } from '../../libs/testing/src/inbox/inbox.history.spec.js';
import { FaultProxy } from '../harness/fault.proxy.js';
import { testServers } from '../harness/test-servers.js';

const HOUR_MS = 3_600_000;

/** An inbox on a database of its own, reached through a proxy. */
async function openInbox(ttlHours = CONTRACT_TTL_MS / HOUR_MS) {
  const { mongodb } = testServers();
  const proxy = await FaultProxy.before(mongodb, 27017);
  const database = `inbox-${randomBytes(4).toString('hex')}`;
  const uri = proxy.directUri;
  const connection = await mongoose
    .createConnection(uri, { dbName: database, serverSelectionTimeoutMS: 500 })
    .asPromise();
  const settings = loadConsumerSettings({
    MONGODB_URI: uri,
    RABBITMQ_URI: 'amqp://127.0.0.1',
    INBOX_TTL_HOURS: String(ttlHours),
  });
  const connections = { get: () => connection, used: () => new Map() } as Partial<InboxConnections> as InboxConnections;
  const client = await MongoClient.connect(mongodb);
  const db = client.db(database);
  const inbox: Inbox = new MongoInbox(connections, new InboxPreparation(connections, settings), settings);
  return {
    inbox,
    connection,
    client,
    db,
    proxy,
    close: async () => {
      proxy.open();
      await connection.close();
      await db.dropDatabase();
      await client.close();
      await proxy.close();
    },
  };
}

async function anInboxUnderTest(): Promise<InboxUnderTest> {
  const { inbox, connection, db, close } = await openInbox();
  const lines = () => connection.collection<{ line: string; at: number }>('lines');
  let written = 0;
  await db.createCollection('lines'); // an older server makes none in a transaction
  return {
    inbox,
    write: async (line, session) => {
      await lines().insertOne({ line, at: written++ }, { session });
    },
    written: async () => (await lines().find().sort({ at: 1 }).toArray()).map(({ line }) => line),
    forget: async (what) => {
      if (what === 'entries') await db.collection(INBOX_COLLECTION).deleteMany({});
      else await db.collection(FENCE_COLLECTION).deleteMany({ deletedAt: { $exists: true } });
    },
    close,
  };
}

inboxContract('MongoDB', anInboxUnderTest);

describe('an inbox in MongoDB', () => {
  let under: InboxUnderTest;
  let opened: Awaited<ReturnType<typeof openInbox>>;
  beforeAll(async () => {
    under = await anInboxUnderTest();
    opened = await openInbox();
  });
  afterAll(async () => {
    await under.close();
    await opened.close();
  });

  const effects = () => opened.connection.collection('effects');
  const handle = (
    entry: InboxEntry,
    work: InboxWork = (session) => effects().insertOne({ of: entry.eventId }, { session }),
  ) => opened.inbox.handle(entry, work);
  const effectsOf = (of: string) => opened.db.collection('effects').countDocuments({ of });

  it('has every change once or reports it, and takes no document back, whatever befalls the deliveries', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(historyArbitrary, async (history) => {
        const outcome = await play(under, history, `run-${String(run++)}`);
        expect(faultOf(history, outcome)).toBeUndefined();
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('leaves nothing of a handler that failed: neither its writes nor the entry nor the version', async () => {
    const entry = anEntry('fails');
    const failing = handle(entry, async (session) => {
      await effects().insertOne({ of: 'fails' }, { session });
      throw new Error('after its write');
    });
    await expect(failing).rejects.toThrow('after its write');
    expect(await effectsOf('fails')).toBe(0);
    for (const name of [INBOX_COLLECTION, FENCE_COLLECTION]) {
      expect(await opened.db.collection(name).countDocuments({ '_id.handler': 'Handler.handle', event: 'fails' })).toBe(
        0,
      );
    }
    expect(await handle(entry)).toEqual({ kind: 'handled' });
  });

  it('calls the handler again where another write was in its way, and commits once', async () => {
    await opened.db.collection<{ _id: string; n: number }>('counters').insertOne({ _id: 'one', n: 0 });
    let calls = 0;
    await handle(
      anEntry('conflict', { document: { namespace: 'a.b', id: 'conflict', deleted: false } }),
      async (session) => {
        const counters = opened.connection.collection<{ _id: string; n: number }>('counters');
        await counters.findOne({ _id: 'one' }, { session });
        calls += 1;
        if (calls === 1)
          await opened.db
            .collection<{ _id: string; n: number }>('counters')
            .updateOne({ _id: 'one' }, { $inc: { n: 10 } });
        await counters.updateOne({ _id: 'one' }, { $inc: { n: 1 } }, { session });
      },
    );
    expect(calls).toBe(2);
    expect(await opened.db.collection('counters').findOne()).toMatchObject({ n: 11 });
  });

  it('says once, after seconds of write conflicts, which event waits and why, and goes on when they end', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const entry = anEntry('held', { document: { namespace: 'a.b', id: 'held', deleted: false } });
    const { group, handler, eventId: event, stream } = entry;
    const holder = opened.client.startSession(); // of a replica that was killed in the middle
    try {
      holder.startTransaction();
      const entries = opened.db.collection<{ _id: object }>(INBOX_COLLECTION);
      await entries.insertOne({ _id: { group, handler, event } }, { session: holder });
      const handling = handle(entry);
      const lines = () => warn.mock.calls.filter(([line]: unknown[]) => JSON.stringify(line).includes('"held"'));
      await eventually(() => lines().length > 0);
      const said = { eventId: event, stream, position: positionKey(entry.position), handler };
      expect(lines()).toEqual([
        [
          {
            ...said,
            msg: expect.stringMatching(/write conflicts again and again.*transactionLifetimeLimitSeconds/) as string,
            attempts: expect.any(Number) as number,
            seconds: expect.any(Number) as number,
            error: expect.stringMatching(/^MongoServerError: .*conflict/i) as string,
          },
        ],
      ]);
      await holder.abortTransaction();
      expect(await handling).toEqual({ kind: 'handled' });
      expect([await effectsOf('held'), lines().length]).toEqual([1, 1]);
    } finally {
      await holder.endSession();
      warn.mockRestore();
    }
  });

  it('lets models of its connection join without a parameter', async () => {
    const model = opened.connection.model('Joined', new mongoose.Schema({ of: String }), 'effects');
    const document = { namespace: 'a.b', id: 'joined', deleted: false };
    const failing = handle(anEntry('joined', { document }), async () => {
      await model.create({ of: 'joined' });
      await model.updateOne({ of: 'joined' }, { $set: { seen: true } });
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    expect(await effectsOf('joined')).toBe(0);
    await handle(anEntry('joined', { document }), () => model.create({ of: 'joined' }));
    expect(await effectsOf('joined')).toBe(1);
  });

  it('says that it is away instead of failing the handler, and goes on when it is back', async () => {
    const entry = anEntry('away', { document: { namespace: 'a.b', id: 'away', deleted: false } });
    opened.proxy.shut();
    await expect(handle(entry)).rejects.toMatchObject({ code: 'SLUICE-INBOX-UNAVAILABLE' });
    opened.proxy.open();
    expect(await eventually(() => handle(entry))).toEqual({ kind: 'handled' });
    expect(await effectsOf('away')).toBe(1);
  });

  it('forgets by TTL indexes, whose time follows the setting', async () => {
    const times = async () => {
      const named = [
        [INBOX_COLLECTION, 'handledAt'],
        [FENCE_COLLECTION, 'deletedAt'],
      ] as const;
      return Promise.all(
        named.map(async ([name, field]) => {
          const indexes = await opened.db.collection(name).indexes();
          return indexes.find(({ key }) => field in key)?.['expireAfterSeconds'];
        }),
      );
    };
    await handle(anEntry('index', { document: { namespace: 'a.b', id: 'index', deleted: true } }));
    expect(await times()).toEqual([3_600, 3_600]);
    expect(await opened.db.collection(FENCE_COLLECTION).findOne({ event: 'index' })).toMatchObject({
      deletedAt: expect.any(Date) as Date,
    });
    const settings = loadConsumerSettings({
      MONGODB_URI: 'mongodb://x/',
      RABBITMQ_URI: 'amqp://x',
      INBOX_TTL_HOURS: '2',
    });
    const connections = { used: () => new Map() } as Partial<InboxConnections> as InboxConnections;
    await new InboxPreparation(connections, settings).prepared('default', opened.connection);
    expect(await times()).toEqual([7_200, 7_200]);
  });
});
