import type { DeadLetterDetail, DeadLetterOperation, DeadLetterPage, Problem } from '@sluice/contracts';
import { OnReplace, type EventContext } from '@sluice/handlers';
import type { ReplaceEvent } from '@sluice/contracts';
import { aReplace, eventually } from '@sluice/testing';
import { EJSON } from 'bson';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeadLetterScan, type Verdict } from '../../apps/cdc-consumer/src/dead-letter/dead-letter.scan.js';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import type { Versioned } from './consumer/recording.handler.js';

const LETTERS = '/api/v1/dead-letters';

class Orders {
  readonly handled: number[] = [];
  fails = true;

  @OnReplace('shop.orders', { retry: { attempts: 1 } })
  first({ fullDocument }: ReplaceEvent<Versioned>): void {
    if (this.fails) throw new TypeError('not today');
    this.handled.push(fullDocument._id);
  }
}
class Others {
  readonly seen: string[] = [];

  @OnReplace('shop.*', { retry: { attempts: 1 } })
  second({ ns, fullDocument }: ReplaceEvent<Versioned>, { handler }: EventContext): void {
    this.seen.push(`${ns.coll} ${fullDocument._id}`);
    if (ns.coll === 'other') throw new RangeError(`${handler} refuses`);
  }
}

describe('the desk of dead letters', () => {
  let system: ConsumerSystem;
  let orders: Orders;
  let others: Others;
  let consumer: TestConsumer;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
    orders = new Orders();
    others = new Others();
    consumer = await system.consumer({ handlers: [orders, others] });
  });
  afterEach(() => system.close());

  async function ask<T>(path: string, method = 'GET', body?: object): Promise<{ status: number; body: T }> {
    const sent =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${consumer.url}${path}`, { method, ...sent });
    return { status: response.status, body: (await response.json()) as T }; // each caller knows its endpoint's shape
  }
  const page = async (query = '') => (await ask<DeadLetterPage>(`${LETTERS}${query}`)).body;
  const depth = () => system.broker.depth(system.broker.names.deadLetterQueue(system.group));

  /** `count` letters of the orders' handler, one of the others'. */
  async function someLetters(count: number): Promise<void> {
    for (let _id = 1; _id <= count; _id++) await system.broker.publish(aReplace('shop.orders', { _id, version: 1 }));
    await system.broker.publish(aReplace('shop.other', { _id: 99, version: 1 }));
    await eventually(async () => (await depth()) === count + 1);
  }

  it('shows them page by page, by what they are, and takes none', async () => {
    await someLetters(5);
    const first = await page('?limit=4');
    expect(first).toMatchObject({ total: 6, next: first.letters[3]?.id });
    const rest = await page(`?limit=4&after=${first.next}`);
    expect(rest.letters).toHaveLength(2);
    expect(rest.next).toBeNull();
    expect(new Set([...first.letters, ...rest.letters].map(({ id }) => id)).size).toBe(6);
    const [other, ...none] = (await page('?namespace=shop.other&handler=Others.second')).letters;
    expect(none).toEqual([]);
    expect(other).toMatchObject({
      reason: 'handler-failed',
      operation: 'replace',
      errorName: 'RangeError',
      attempts: 1,
      eventId: expect.any(String) as string,
      stream: 'test',
      position: expect.stringMatching(/^\d{10}\./) as string,
    });
    expect((await page('?until=2020-01-01T00:00:00Z')).letters).toEqual([]);
    expect((await page('?since=2020-01-01T00:00:00Z&reason=handler-failed')).letters).toHaveLength(6);
    const { body } = await ask<DeadLetterDetail>(`${LETTERS}/${other?.id}`);
    expect(JSON.parse(body.body)).toMatchObject({ pattern: 'replace.shop.other' });
    expect(body.errorStack).toMatch('RangeError: Others.second refuses');
    await eventually(async () => (await depth()) === 6);
  });

  it('refuses what makes no sense with problem details', async () => {
    expect(await ask<Problem>(`${LETTERS}?limit=5000`)).toMatchObject({ status: 400 });
    expect(await ask<Problem>(`${LETTERS}?reason=none`)).toMatchObject({ status: 400 });
    const { status, body } = await ask<Problem>(`${LETTERS}/nobody`);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'SLUICE-DEAD-LETTER-NOT-FOUND' });
  });

  it('hands one back to the handler that failed, and to no other, and says who wanted it', async () => {
    await someLetters(2);
    others.seen.length = 0;
    orders.fails = false;
    const [letter] = (await page('?handler=Orders.first')).letters; // either: they failed in partitions of their own
    const { body: detail } = await ask<DeadLetterDetail>(`${LETTERS}/${letter?.id}`);
    const { data } = EJSON.parse(detail.body) as { data: ReplaceEvent<Versioned> };
    const order = { by: 'ada', reason: 'the day has come' };
    const replay = await ask<DeadLetterOperation>(`${LETTERS}/${letter?.id}/replay`, 'POST', order);
    expect(replay).toMatchObject({ status: 200, body: { state: 'done', taken: 1, letter: letter?.id, ...order } });
    await eventually(() => orders.handled.length === 1);
    expect(orders.handled).toEqual([data.fullDocument._id]);
    expect(others.seen).toEqual([]);
    await eventually(async () => (await depth()) === 2);
    const again = await ask<Problem>(`${LETTERS}/${letter?.id}/replay`, 'POST');
    expect(again).toMatchObject({ status: 404 });
    const { body } = await ask<{ operations: DeadLetterOperation[] }>(`${LETTERS}/operations`);
    expect(body.operations.map(({ kind, state, taken, by }) => ({ kind, state, taken, by }))).toEqual([
      { kind: 'replay', state: 'failed', taken: 0, by: null },
      { kind: 'replay', state: 'done', taken: 1, by: 'ada' },
    ]);
    expect(body.operations[0]?.error).toContain(`there is no dead letter "${letter?.id}"`);
  });

  it('hands all back that fit, once each, though they fail again', async () => {
    await someLetters(10);
    const replayOrders = () =>
      ask<DeadLetterOperation>(`${LETTERS}/replay`, 'POST', { filter: { handler: 'Orders.first' }, reason: 'a try' });
    const ended = (id: string) =>
      eventually(async () => {
        const { body } = await ask<DeadLetterOperation>(`${LETTERS}/operations/${id}`);
        return body.state === 'done' && body;
      });
    const { status, body } = await replayOrders();
    expect(status).toBe(202);
    expect(await ended(body.id)).toMatchObject({ total: 11, scanned: 11, taken: 10 });
    await eventually(async () => (await depth()) === 11);
    orders.fails = false;
    expect(await ended((await replayOrders()).body.id)).toMatchObject({ taken: 10 });
    await eventually(() => orders.handled.length === 10);
    expect([...orders.handled].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await eventually(async () => (await depth()) === 1);
  });

  it('lets one replica look at a time: what that holds, others would miss', async () => {
    await someLetters(1);
    const lock = `${system.broker.names.deadLetterQueue(system.group)}.desk`;
    await system.broker.declareQueue(lock, { exclusive: true, durable: false });
    const { status, body } = await ask<Problem>(LETTERS);
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'SLUICE-DEAD-LETTERS-BUSY' });
    await system.broker.deleteQueue(lock);
    expect((await page()).letters).toHaveLength(2);
  });

  it('lets nobody wait for a long look: who asks gets 409, and a replay waits its turn, runs, and can be cancelled', async () => {
    await someLetters(2);
    orders.fails = false;
    let end = (): void => undefined;
    const held = new Promise<void>((resolve) => (end = resolve));
    const long = consumer.app.get(DeadLetterScan).run(async (): Promise<Verdict> => {
      await held;
      return 'end';
    });
    const replayAll = async () =>
      (await ask<DeadLetterOperation>(`${LETTERS}/replay`, 'POST', { filter: {}, reason: 'in turn' })).body.id;
    const now = async (id: string) => (await ask<DeadLetterOperation>(`${LETTERS}/operations/${id}`)).body;
    const [patient, unwanted] = [await replayAll(), await replayAll()];
    // As if both had waited for hours: only what they say since shows that they are there.
    await system.withState((state) =>
      state
        .collection('dead-letter-operations')
        .updateMany({ group: system.group }, { $set: { changedAt: new Date('2026-03-02T11:00:00Z') } }),
    );
    expect((await now(patient)).state).toBe('interrupted');
    await ask(`${LETTERS}/operations/${unwanted}/cancel`, 'POST');
    const { status, body } = await ask<Problem>(LETTERS);
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'SLUICE-DEAD-LETTERS-BUSY' });
    await eventually(async () => (await now(patient)).state === 'running');
    await eventually(async () => (await now(unwanted)).state === 'cancelled');
    end();
    await long;
    await eventually(async () => (await now(patient)).state === 'done');
    expect(await now(patient)).toMatchObject({ total: 3, taken: 3 });
    expect(await now(unwanted)).toMatchObject({ state: 'cancelled', taken: 0, error: null });
  });

  it('shows what was noted by earlier versions, which called the reason why', async () => {
    const at = new Date('2026-03-02T11:00:00Z');
    const counts = { total: 1, scanned: 1, taken: 1, error: null, cancelRequested: false };
    const record = {
      group: system.group,
      kind: 'replay',
      state: 'done',
      letter: null,
      filter: {},
      by: 'ada',
      why: 'mended',
    };
    await system.withState((state) =>
      state
        .collection<{ _id: string; startedAt: Date; changedAt: Date }>('dead-letter-operations')
        .insertOne({ _id: 'earlier', ...record, ...counts, startedAt: at, changedAt: at }),
    );
    const { body } = await ask<DeadLetterOperation>(`${LETTERS}/operations/earlier`);
    expect(body).toMatchObject({ by: 'ada', reason: 'mended', superseded: 0 });
    expect(body).toMatchObject({ eventId: null, stream: null, position: null });
    expect(body).not.toHaveProperty('why');
  });

  it('removes one for good', async () => {
    await someLetters(1);
    const [letter] = (await page('?handler=Orders.first')).letters;
    const discarded = await ask<DeadLetterOperation>(`${LETTERS}/${letter?.id}?by=ada&reason=known`, 'DELETE');
    expect(discarded).toMatchObject({ status: 200, body: { kind: 'discard', state: 'done', taken: 1, by: 'ada' } });
    const { eventId, stream, position } = letter ?? {};
    const kept = (await ask<DeadLetterOperation>(`${LETTERS}/operations/${discarded.body.id}`)).body;
    expect(kept).toMatchObject({ letter: letter?.id, eventId, stream, position });
    await eventually(async () => (await depth()) === 1);
    expect((await page()).letters).toMatchObject([{ handler: 'Others.second' }]);
  });

  it('takes nothing while the state database cannot note it', async () => {
    await someLetters(1);
    const [letter] = (await page('?handler=Orders.first')).letters;
    system.mongoGate.shut();
    await eventually(async () => (await consumer.ready()).body.details['mongodb']?.status === 'down');
    for (const [path, method] of [
      [`${LETTERS}/${letter?.id}`, 'DELETE'],
      [`${LETTERS}/${letter?.id}/replay`, 'POST'],
    ] as const) {
      const { status, body } = await ask<Problem>(path, method);
      expect({ status, code: body.code }).toEqual({ status: 503, code: 'SLUICE-DEAD-LETTERS-UNAVAILABLE' });
    }
    expect((await page()).letters).toHaveLength(2);
  });

  it('loses no letter when its connection is cut during a replay', async () => {
    await someLetters(30);
    orders.fails = false;
    await ask(`${LETTERS}/replay`, 'POST', { filter: { handler: 'Orders.first' } });
    await eventually(() => orders.handled.length > 0, { intervalMs: 1 });
    system.gate.cut();
    await eventually(
      async () => {
        const { status } = await ask(`${LETTERS}/replay`, 'POST', { filter: { handler: 'Orders.first' } });
        return status === 202 && new Set(orders.handled).size === 30;
      },
      { intervalMs: 500 },
    );
    await eventually(async () => (await depth()) === 1);
  });
});
