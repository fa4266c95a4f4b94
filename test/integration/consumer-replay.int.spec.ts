import { getConnectionToken } from '@nestjs/mongoose';
import type { DeadLetterOperation, DeadLetterPage, Problem, ReplaceEvent } from '@sluice/contracts';
import { OnReplace, type EventContext } from '@sluice/handlers';
import { aReplace, EventBuilder, eventually } from '@sluice/testing';
import type { Connection } from 'mongoose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import type { Versioned } from './consumer/recording.handler.js';

const LETTERS = '/api/v1/dead-letters';
const OPERATIONS = `${LETTERS}/operations`;
/** More than an operation takes between two looks at whether it is to end. */
const MANY = 300;
const MINUTE_MS = 60_000;

/** Books versions in the transaction of its event, unless told to fail. */
class Booking {
  connection: Connection | undefined;
  refused = new Set<string>();

  @OnReplace('shop.orders', { once: true, retry: { attempts: 1 } })
  async book({ fullDocument: { _id: document, version } }: ReplaceEvent<Versioned>, { session }: EventContext) {
    await this.bookings.insertOne({ document, version }, { session });
    if (this.refused.has(`${document} ${version}`)) throw new Error('not yet');
  }

  get bookings() {
    if (this.connection === undefined) throw new Error('not started');
    return this.connection.collection<{ document: number; version: number }>('bookings');
  }
  async booked(): Promise<string[]> {
    return (await this.bookings.find().sort({ _id: 1 }).toArray()).map((each) => `${each.document} ${each.version}`);
  }
}

/** Fails until it is mended. */
class Orders {
  readonly handled: number[] = [];
  fails = true;
  private onNext: () => void = () => undefined;

  @OnReplace('shop.orders', { retry: { attempts: 1 } })
  handle({ fullDocument }: ReplaceEvent<Versioned>): void {
    if (this.fails) throw new TypeError('not today');
    this.handled.push(fullDocument._id);
    this.onNext();
  }

  /** Does something at the very moment in which the next one is handled. */
  atNext(work: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.onNext = () => {
        this.onNext = () => undefined;
        work();
        resolve();
      };
    });
  }
}

let system: ConsumerSystem;
let consumer: TestConsumer;
beforeEach(async () => {
  system = await ConsumerSystem.open();
});
afterEach(() => system.close());

const depth = () => system.broker.depth(system.broker.names.deadLetterQueue(system.group));
const letters = async () => (await consumer.get(LETTERS)).body as DeadLetterPage;
const operations = async () =>
  ((await consumer.get(OPERATIONS)).body as { operations: DeadLetterOperation[] }).operations;
const replayAll = async (of: TestConsumer, handler: string) => {
  const { status, body } = await of.post(`${LETTERS}/replay`, { filter: { handler } });
  expect(status).toBe(202);
  return body as DeadLetterOperation;
};
const ended = (id: string) =>
  eventually(async () => {
    const operation = (await consumer.get(`${OPERATIONS}/${id}`)).body as DeadLetterOperation;
    return operation.state !== 'running' && operation;
  });

describe('a replay for a handler with once', () => {
  let handler: Booking;
  const today = new EventBuilder({ startAt: new Date() }); // older letters are expired
  beforeEach(async () => {
    handler = new Booking();
    consumer = await system.consumer({ handlers: [handler] });
    handler.connection = consumer.app.get<Connection>(getConnectionToken());
    await handler.connection.createCollection('bookings');
  });

  /** A letter of each of these, and none of the others. */
  async function publish(refused: string[], versions: string[]): Promise<void> {
    handler.refused = new Set(refused);
    const events = versions.map((each) => each.split(' ').map(Number) as [number, number]); // as they are written here
    await system.broker.publish(...events.map(([_id, version]) => today.aReplace('shop.orders', { _id, version })));
    await eventually(async () => (await depth()) === refused.length);
    await eventually(async () => (await handler.booked()).length === versions.length - refused.length);
    handler.refused.clear();
  }

  it('that comes behind a later change answers so, and neither applies nor takes the letter', async () => {
    await publish(['1 1'], ['1 1', '1 2']);
    const [letter] = (await letters()).letters;
    const { status, body } = await consumer.post(`${LETTERS}/${letter?.id}/replay`, { by: 'ada' });
    expect({ status, code: (body as Problem).code }).toEqual({ status: 409, code: 'SLUICE-DEAD-LETTER-SUPERSEDED' });
    expect(await operations()).toMatchObject([{ kind: 'replay', state: 'failed', superseded: 1, taken: 0, by: 'ada' }]);
    expect((await letters()).letters).toMatchObject([{ id: letter?.id, reason: 'handler-failed' }]);
    expect(await handler.booked()).toEqual(['1 2']);
    expect((await consumer.delete(`${LETTERS}/${letter?.id}`)).status).toBe(200);
    await eventually(async () => (await depth()) === 0);
  });

  it('of many hands back those in time, each with its effect once, and counts the others', async () => {
    await publish(['1 1', '2 1', '3 1'], ['1 1', '2 1', '3 1', '1 2']);
    const { id } = await replayAll(consumer, 'Booking.book');
    expect(await ended(id)).toMatchObject({ state: 'done', scanned: 3, taken: 2, superseded: 1 });
    await eventually(async () => (await handler.booked()).length === 3);
    expect((await handler.booked()).sort()).toEqual(['1 2', '2 1', '3 1']);
    await eventually(async () => (await depth()) === 1);
    expect(await ended((await replayAll(consumer, 'Booking.book')).id)).toMatchObject({ taken: 0, superseded: 1 });
  });

  it('waits for no inbox that is away: it says so, and the letter stays', async () => {
    await publish(['1 1'], ['1 1']);
    const [letter] = (await letters()).letters;
    system.mongoGate.shut();
    await eventually(async () => (await consumer.ready()).body.details['mongodb']?.status === 'down');
    const { status } = await consumer.post(`${LETTERS}/${letter?.id}/replay`);
    expect(status).toBe(503);
    system.mongoGate.open();
    await eventually(async () => (await consumer.post(`${LETTERS}/${letter?.id}/replay`)).status === 200);
    await eventually(async () => (await handler.booked()).length === 1);
  });
});

describe('a replay of many letters', () => {
  let orders: Orders;
  beforeEach(async () => {
    orders = new Orders();
    consumer = await system.consumer({ handlers: [orders] });
    const documents = Array.from({ length: MANY }, (_, n) => aReplace('shop.orders', { _id: n, version: 1 }));
    await system.broker.publish(...documents);
    await eventually(async () => (await depth()) === MANY);
    orders.fails = false;
  });
  const untilAllHandled = () => eventually(() => new Set(orders.handled).size === MANY);

  it('that is cancelled ends, says how far it came, and leaves the others where they were', async () => {
    const { id } = await replayAll(consumer, 'Orders.handle');
    expect((await consumer.post(`${OPERATIONS}/${id}/cancel`)).status).toBe(202);
    const { state, taken } = await ended(id);
    expect(state).toBe('cancelled');
    expect(taken).toBeLessThan(MANY);
    await eventually(async () => (await depth()) === MANY - taken);
    await eventually(() => orders.handled.length === taken);
    await ended((await replayAll(consumer, 'Orders.handle')).id);
    await untilAllHandled();
    expect(orders.handled).toHaveLength(MANY);
  });

  it('whose consumer dies half-way is interrupted, and what it had not handed back is still there', async () => {
    const isCutOff = orders.atNext(() => system.mongoGate.shut()); // it can look nothing up any more, and stops there
    const { id } = await replayAll(consumer, 'Orders.handle');
    await isCutOff;
    system.gate.shut();
    await consumer.stop();
    system.mongoGate.open();
    system.gate.open();
    consumer = await system.consumer({ handlers: [orders] });
    await system.withState(async (state) => {
      const minuteAgo = new Date(Date.now() - MINUTE_MS - 1);
      const running = state.collection<{ _id: string }>('dead-letter-operations');
      await running.updateOne({ _id: id }, { $set: { changedAt: minuteAgo } });
    });
    const { state, taken } = await ended(id);
    expect(state).toBe('interrupted');
    expect(taken).toBeLessThan(MANY);
    expect((await ended((await replayAll(consumer, 'Orders.handle')).id)).taken).toBeGreaterThan(0);
    await untilAllHandled();
    await eventually(async () => (await depth()) === 0);
  });

  it('whose consumer is stopped half-way says that it was interrupted', async () => {
    const { id } = await replayAll(consumer, 'Orders.handle');
    expect(await consumer.stop()).toBe(0);
    consumer = await system.consumer({ handlers: [orders] });
    const { state, taken } = await ended(id);
    expect(state).toBe('interrupted');
    expect(taken).toBeLessThan(MANY);
    await eventually(async () => (await depth()) === MANY - taken);
  });

  it('asked for twice at once hands every letter back once', async () => {
    const jobs = await Promise.all([1, 2].map(() => replayAll(consumer, 'Orders.handle')));
    const both = await Promise.all(jobs.map(({ id }) => ended(id)));
    expect(both.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(both.reduce((sum, { taken }) => sum + taken, 0)).toBe(MANY);
    await untilAllHandled();
    expect(orders.handled).toHaveLength(MANY);
  });

  it('is refused where another replica is at it, and hands back nothing twice', async () => {
    const other = await system.consumer({ handlers: [orders] });
    const jobs = [await replayAll(consumer, 'Orders.handle'), await replayAll(other, 'Orders.handle')];
    const [first, second] = await Promise.all(jobs.map(({ id }) => ended(id)));
    expect(first).toMatchObject({ state: 'done', taken: MANY });
    expect(second).toMatchObject({
      state: 'failed',
      taken: 0,
      error: expect.stringContaining('another replica') as string,
    });
    await untilAllHandled();
    expect(orders.handled).toHaveLength(MANY);
  });
});
