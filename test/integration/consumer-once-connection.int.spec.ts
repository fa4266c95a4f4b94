import { randomBytes } from 'node:crypto';
import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import { getModelToken, InjectModel, MongooseModule } from '@nestjs/mongoose';
import {
  DEAD_LETTER_HEADERS,
  FENCE_COLLECTION,
  GROUPS_COLLECTION,
  INBOX_COLLECTION,
  type ReplaceEvent,
} from '@sluice/contracts';
import { OnReplace } from '@sluice/handlers';
import { aReplace, eventually } from '@sluice/testing';
import { MongoClient } from 'mongodb';
import { Schema, type Model } from 'mongoose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../harness/fault.proxy.js';
import { testServers } from '../harness/test-servers.js';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import type { Versioned } from './consumer/recording.handler.js';

interface Booking {
  readonly document: number;
  readonly version: number;
}

/** What the test wants beside the booking, which knows of no session. */
interface Plan {
  calls: number;
  refuses: (document: Versioned) => boolean;
  /** Holds back the acknowledgement, which waits for all handlers of the event. */
  beforeAcknowledgement: (document: Versioned) => unknown;
}

/** A module as an application has it: a connection of its own, a model on it, and a handler that injects the model. */
function booksModule(uri: string, dbName: string, plan: Plan): DynamicModule {
  @Injectable()
  class Books {
    constructor(@InjectModel('Booking', 'books') private readonly bookings: Model<Booking>) {}

    @OnReplace('shop.orders', { once: { connection: 'books' }, retry: { attempts: 1 } })
    async book({ fullDocument: { _id: document, version } }: ReplaceEvent<Versioned>): Promise<void> {
      plan.calls += 1;
      await this.bookings.create({ document, version });
      if (plan.refuses({ _id: document, version })) throw new Error('after its write');
    }

    @OnReplace('shop.orders')
    async hold({ fullDocument }: ReplaceEvent<Versioned>): Promise<void> {
      await plan.beforeAcknowledgement(fullDocument);
    }
  }
  @Module({})
  class BooksModule {}
  return {
    module: BooksModule,
    imports: [
      MongooseModule.forRoot(uri, { connectionName: 'books', dbName, serverSelectionTimeoutMS: 500 }),
      MongooseModule.forFeature(
        [{ name: 'Booking', schema: new Schema<Booking>({ document: Number, version: Number }) }],
        'books',
      ),
    ],
    providers: [Books],
  };
}

describe('once on a connection of its own', () => {
  let system: ConsumerSystem;
  let gate: FaultProxy;
  let client: MongoClient;
  let plan: Plan;
  const database = `books-${randomBytes(4).toString('hex')}`;
  beforeEach(async () => {
    const { mongodb } = testServers();
    system = await ConsumerSystem.open();
    gate = await FaultProxy.before(mongodb, 27017);
    client = await MongoClient.connect(mongodb);
    plan = { calls: 0, refuses: () => false, beforeAcknowledgement: () => undefined };
  });
  afterEach(async () => {
    gate.open();
    await system.close();
    await client.db(database).dropDatabase();
    await client.close();
    await gate.close();
  });

  async function start(): Promise<TestConsumer> {
    const consumer = await system.consumer({
      modules: [booksModule(gate.directUri, database, plan)],
      env: { PARTITIONS: '1' },
    });
    await consumer.app.get<Model<Booking>>(getModelToken('Booking', 'books'), { strict: false }).createCollection();
    return consumer;
  }
  const publish = (...versions: number[]) =>
    system.broker.publish(...versions.map((version) => aReplace('shop.orders', { _id: 1, version })));
  const booked = async () => {
    const bookings = client.db(database).collection<Booking>('bookings').find().sort({ _id: 1 });
    return (await bookings.toArray()).map(({ version }) => version);
  };
  const repeatedBy = async (consumer: TestConsumer) =>
    (await consumer.group()).handlers.find(({ name }) => name === 'Books.book')?.repeated ?? 0;

  it('keeps inbox and versions there, and takes an injected model back with the handler that failed', async () => {
    plan.refuses = ({ version }) => version === 2;
    await start();
    await publish(1, 2, 3);
    const letter = await eventually(() => system.broker.deadLetter(system.group));
    expect(letter.properties.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.handler]: 'Books.book',
      [DEAD_LETTER_HEADERS.errorMessage]: 'after its write',
    });
    await eventually(async () => (await booked()).length === 2);
    expect(await booked()).toEqual([1, 3]);
    const books = client.db(database);
    expect(await books.collection(INBOX_COLLECTION).countDocuments()).toBe(2);
    expect(await books.collection(FENCE_COLLECTION).countDocuments()).toBe(1);
    const ofState = await system.withState((state) => state.listCollections().toArray());
    expect(ofState.map(({ name }) => name)).not.toContain(INBOX_COLLECTION);
    const registered = await system.withState((state) => state.collection(GROUPS_COLLECTION).findOne({}));
    expect(registered, 'what a forecast in the producer goes by').toMatchObject({ inboxElsewhere: ['Books.book'] });
  });

  it('has its effect once where the consumer goes between the commit and the acknowledgement', async () => {
    let held = 0;
    plan.beforeAcknowledgement = async () => {
      await eventually(async () => (await booked()).length === 1);
      if (held++ === 0) system.gate.shut(); // no acknowledgement leaves this consumer any more
    };
    const gone = await start();
    await publish(1);
    await eventually(() => held === 1);
    await gone.stop();
    system.gate.open();
    const next = await start();
    await eventually(async () => (await repeatedBy(next)) === 1);
    await eventually(async () => (await system.broker.depth(system.queue(0))) === 0);
    expect(await booked()).toEqual([1]);
    expect(plan.calls).toBe(1);
  });

  it('has its events wait while that server is away, and uses up no attempt', async () => {
    const consumer = await start();
    await publish(1);
    await eventually(async () => (await booked()).length === 1);
    gate.shut();
    await publish(2);
    await eventually(async () => (await consumer.group()).counters.received === 2);
    expect((await consumer.ready()).body.details['mongodb']?.status).toBe('up'); // the state database is another matter
    gate.open();
    await eventually(async () => (await booked()).length === 2);
    expect(await booked()).toEqual([1, 2]);
    expect((await consumer.group()).counters).toMatchObject({ retried: 0, deadLettered: 0 });
  });
});
