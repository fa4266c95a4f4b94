import { getConnectionToken } from '@nestjs/mongoose';
import { DEAD_LETTER_HEADERS, type ReplaceEvent } from '@sluice/contracts';
import { OnReplace, type EventContext } from '@sluice/handlers';
import { aReplace, eventually } from '@sluice/testing';
import type { Connection } from 'mongoose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import type { Versioned } from './consumer/recording.handler.js';

interface Booking {
  readonly event: string;
  readonly document: number;
  readonly version: number;
}

/** Books each version with the session of its transaction; does before and after what the test wants. */
class BookingHandler {
  connection: Connection | undefined;
  calls = 0;

  constructor(
    private readonly before: (document: Versioned) => unknown = () => undefined,
    private readonly beside: (document: Versioned) => unknown = () => undefined,
  ) {}

  @OnReplace('shop.orders', { once: true, retry: { attempts: 1 } })
  async book(event: ReplaceEvent<Versioned>, context: EventContext): Promise<void> {
    this.calls += 1;
    const { _id: document, version } = event.fullDocument;
    await this.bookings.insertOne({ event: event.id, document, version }, { session: context.session });
    await this.before(event.fullDocument);
  }

  /** Holds back the acknowledgement of the event, which waits for all of its handlers. */
  @OnReplace('shop.orders')
  async hold(event: ReplaceEvent<Versioned>): Promise<void> {
    await this.beside(event.fullDocument);
  }

  get bookings() {
    if (this.connection === undefined) throw new Error('not started');
    return this.connection.collection<Booking>('bookings');
  }

  async booked(): Promise<Booking[]> {
    return this.bookings.find().sort({ _id: 1 }).toArray();
  }
}

describe('a handler with once', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  async function start(handler: BookingHandler, env: Record<string, string> = {}): Promise<TestConsumer> {
    const consumer = await system.consumer({
      handlers: [handler],
      env: { PARTITIONS: '1', ...env },
      untilRunning: false,
    });
    handler.connection = consumer.app.get<Connection>(getConnectionToken());
    await eventually(async () => (await consumer.group()).consuming === 'running');
    await handler.connection.createCollection('bookings').catch(() => undefined); // the second replica finds it
    return consumer;
  }
  const versionsOf = async (handler: BookingHandler, id: number) =>
    (await handler.booked()).filter(({ document }) => document === id).map(({ version }) => version);
  const repeatedBy = async (consumer: TestConsumer) =>
    (await consumer.group()).handlers.find(({ name }) => name === 'BookingHandler.book')?.repeated ?? 0;

  it('has its effect once where the connection is lost between the commit and the acknowledgement', async () => {
    let cuts = 0;
    const handler: BookingHandler = new BookingHandler(undefined, async ({ _id }) => {
      await eventually(async () => (await versionsOf(handler, _id)).length > 0);
      if (cuts++ === 0) system.gate.cut();
    });
    const consumer = await start(handler);
    await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1 }));
    await eventually(async () => (await repeatedBy(consumer)) > 0);
    await eventually(async () => (await system.broker.depth(system.queue(0))) === 0);
    expect(await versionsOf(handler, 1)).toEqual([1]);
    expect(handler.calls).toBe(1);
  });

  it('books every change once and in order on two replicas that lose their connections again and again', async () => {
    const handlers = [new BookingHandler(), new BookingHandler()];
    const [first = new BookingHandler()] = handlers;
    for (const handler of handlers) await start(handler, { PARTITIONS: '2' });
    const versions = Array.from({ length: 20 }, (_, index) => index + 1);
    const ids = Array.from({ length: 10 }, (_, index) => index + 1);
    for (const version of versions) {
      await system.broker.publish(...ids.map((_id) => aReplace('shop.orders', { _id, version })));
      if (version % 5 === 0) system.gate.cut();
    }
    await eventually(async () => (await first.booked()).length >= versions.length * ids.length);
    for (const id of ids) expect(await versionsOf(first, id)).toEqual(versions);
    expect(await system.broker.deadLetter(system.group)).toBeUndefined();
  });

  it('loses no change of a transaction whose numbering begins anew, and repeats none', async () => {
    const handler = new BookingHandler();
    const consumer = await start(handler);
    const first = aReplace('shop.orders', { _id: 1, version: 1 });
    const { clusterTime } = first.position;
    const second = aReplace('shop.orders', { _id: 1, version: 2 });
    const at = (generation: number, ordinal: number) => ({ position: { clusterTime, generation, ordinal } });
    await system.broker.publish(
      { ...first, ...at(0, 2) },
      { ...first, ...at(1, 0) },
      { ...second, ...at(1, 1) },
      { ...second, ...at(0, 3) },
    );
    await eventually(async () => (await repeatedBy(consumer)) === 2);
    expect(await versionsOf(handler, 1)).toEqual([1, 2]);
    expect(await system.broker.deadLetter(system.group)).toBeUndefined();
  });

  it('reports a change that was overtaken, also when its dead letter is sent back, and never applies it', async () => {
    let fails = true;
    const handler = new BookingHandler(({ version }) => {
      if (version === 1 && fails) throw new Error('not yet');
    });
    await start(handler);
    await system.broker.publish(...[1, 2].map((version) => aReplace('shop.orders', { _id: 1, version })));
    const letter = await eventually(() => system.broker.deadLetter(system.group));
    expect(letter.properties.headers).toMatchObject({ [DEAD_LETTER_HEADERS.reason]: 'handler-failed' });
    await eventually(async () => (await versionsOf(handler, 1)).length === 1);
    fails = false;
    const { contentType, messageId, headers } = letter.properties;
    await system.broker.publishTo(system.queue(0), letter.content, {
      contentType: String(contentType),
      messageId: String(messageId),
      headers: headers ?? {},
    });
    const again = await eventually(() => system.broker.deadLetter(system.group));
    expect(again.properties.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.reason]: 'superseded',
      [DEAD_LETTER_HEADERS.handler]: 'BookingHandler.book',
      [DEAD_LETTER_HEADERS.errorName]: 'EventSupersededError',
    });
    expect(await versionsOf(handler, 1)).toEqual([2]);
  });

  it('waits while its database is away, and fails nothing', async () => {
    const handler = new BookingHandler();
    const consumer = await start(handler);
    await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1 }));
    await eventually(async () => (await versionsOf(handler, 1)).length === 1);
    system.mongoGate.shut();
    await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 2 }));
    await eventually(async () => (await consumer.ready()).body.details['mongodb']?.status === 'down');
    system.mongoGate.open();
    await eventually(async () => (await versionsOf(handler, 1)).length === 2);
    expect((await consumer.group()).counters).toMatchObject({ retried: 0, deadLettered: 0 });
  });
});
