import { readFile } from 'node:fs/promises';
import { Controller, Injectable } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { getConnectionToken, InjectConnection } from '@nestjs/mongoose';
import { Test } from '@nestjs/testing';
import type { ChangeEvent, ControlEvent, DeleteEvent, InsertEvent, ReplaceEvent, UpdateEvent } from '@sluice/contracts';
import { DEAD_LETTER_HEADERS, positionKey } from '@sluice/contracts';
import {
  DEFAULT_RETRY_POLICY,
  EventDispatcher,
  HandlerRegistry,
  HandlersModule,
  MirrorProjection,
  OnBatch,
  OnChange,
  OnDelete,
  OnGap,
  OnInsert,
  OnReplace,
  OnUpdate,
  type BatchContext,
  type DocumentOf,
  type EventContext,
  type WaitingHandler,
} from '@sluice/handlers';
import * as testing from '@sluice/testing';
import { aDelete, aDrop, aGap, anInsert, anUpdate, aReplace, delivererFor } from '@sluice/testing';
import type { Connection } from 'mongoose';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { availableIn, snippetsOf, words } from '../../../../test/docs/guide.snippets.js';

const GUIDE = new URL('../../../../docs/handlers.md', import.meta.url);

interface Order {
  readonly total: number;
}

@Injectable()
export class OrderTotals {
  sum = 0;

  add(total: number): void {
    this.sum += total;
  }
}

@Injectable()
export class OrderHandler {
  constructor(private readonly totals: OrderTotals) {}

  @OnInsert('shop.orders')
  inserted(event: InsertEvent<Order>, context: EventContext): void {
    this.totals.add(event.fullDocument.total);
    context.logger.info('order counted');
  }
}

@Injectable()
export class OrderIndex {
  readonly totals = new Map<string, number>();
  readonly rebuiltAfter: string[] = [];

  @OnInsert('shop.orders')
  @OnReplace('shop.orders')
  stored(event: InsertEvent<Order> | ReplaceEvent<Order>): void {
    this.totals.set(String(event.documentKey._id), event.fullDocument.total);
  }

  @OnDelete('shop.orders')
  deleted(event: DeleteEvent): void {
    this.totals.delete(String(event.documentKey._id));
  }

  @OnChange({ operations: ['drop', 'dropDatabase', 'rename'], namespace: 'shop.orders' })
  @OnGap()
  rebuild(event: ControlEvent): void {
    this.totals.clear();
    this.rebuiltAfter.push(event.operation);
  }
}

@Controller()
export class AuditController {
  readonly lines: string[] = [];

  @EventPattern<string>('*.shop.#')
  audit(@Payload() event: ChangeEvent, @Ctx() context: EventContext): void {
    this.lines.push(`${context.getPattern()} ${event.id}`);
  }
}

interface Payment {
  readonly amount: number;
}

@Injectable()
export class PaymentHandler {
  readonly ledger: number[] = [];

  @OnInsert('shop.payments', {
    retry: {
      attempts: 8,
      initialDelayMs: 200,
      maxDelayMs: 5_000,
      parkAfterMs: 2_000,
      retryIf: (error) => !(error instanceof RangeError),
    },
  })
  book(event: InsertEvent<Payment>): void {
    if (event.fullDocument.amount < 0) throw new RangeError('a negative amount');
    this.ledger.push(event.fullDocument.amount);
  }
}

const Invoice = z.object({ total: z.number(), due: z.date() }); // other fields are taken off
const StrictInvoice = z.strictObject({ total: z.number(), due: z.date() }); // other fields are refused
const LooseInvoice = z.looseObject({ total: z.number() }); // other fields are passed through

@Injectable()
export class InvoiceHandler {
  readonly seen: object[] = [];

  @OnInsert('shop.invoices', { document: Invoice })
  stripped(event: InsertEvent<DocumentOf<typeof Invoice>>): void {
    this.seen.push({ stripped: event.fullDocument });
  }

  @OnInsert('shop.invoices', { document: StrictInvoice })
  strict(event: InsertEvent<DocumentOf<typeof StrictInvoice>>): void {
    this.seen.push({ strict: event.fullDocument });
  }

  @OnUpdate('shop.invoices', { document: LooseInvoice })
  loose(event: UpdateEvent<DocumentOf<typeof LooseInvoice>>): void {
    this.seen.push({ loose: event.fullDocument ?? null });
  }
}

@Injectable()
export class OrderSearch {
  readonly index = new Map<string, number>();

  @OnBatch('shop.orders', { maxEvents: 200, maxWaitMs: 100, operations: ['insert', 'replace'] })
  store(events: readonly (InsertEvent<Order> | ReplaceEvent<Order>)[], batch: BatchContext): void {
    for (const event of events) {
      const { total } = event.fullDocument;
      if (total < 0) batch.fail(event, new RangeError('a negative total'));
      else this.index.set(String(event.documentKey._id), total);
    }
  }
}

@Injectable()
export class SalesAccount {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  @OnInsert('shop.payments', { once: true })
  async book(event: InsertEvent<Payment>, context: EventContext): Promise<void> {
    const accounts = this.connection.useDb('books').collection('accounts');
    const booking = { $inc: { balance: event.fullDocument.amount } };
    await accounts.updateOne({ name: 'sales' }, booking, { upsert: true, session: context.session });
  }
}

@Injectable()
export class PaymentArchive {
  constructor(@InjectConnection('archive') private readonly archive: Connection) {}

  @OnInsert('shop.payments', { once: { connection: 'archive' } })
  async keep(event: InsertEvent<Payment>, context: EventContext): Promise<void> {
    await this.archive.collection('payments').insertOne(event.fullDocument, { session: context.session });
  }
}

@Injectable()
export class OrdersMirror extends MirrorProjection.of({ from: 'shop.orders', tombstoneTtlHours: 720 }) {
  constructor(@InjectConnection() connection: Connection) {
    super(() => connection.getClient().db('copies').collection('orders'));
  }
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('the guide to handlers', () => {
  it('adds an inserted order to the totals', async () => {
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot()],
      providers: [OrderHandler, OrderTotals],
    }).compile();
    const deliver = delivererFor(app);

    const result = await deliver(anInsert('shop.orders', { total: 5 }));

    expect(result).toEqual({ matched: 1, failures: [] });
    expect(app.get(OrderTotals).sum).toBe(5);
  });

  it('shows handlers of several operations and a retry policy that do what it says', async () => {
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot({ logger: quiet })],
      providers: [OrderIndex, PaymentHandler],
    }).compile();
    const deliver = delivererFor(app);
    const { totals, rebuiltAfter } = app.get(OrderIndex);

    for (const _id of ['a', 'b']) await deliver(anInsert('shop.orders', { _id, total: 5 }));
    await deliver(aReplace('shop.orders', { _id: 'b', total: 7 }));
    await deliver(aDelete('shop.orders', 'a'));
    expect([...totals]).toEqual([['b', 7]]);
    for (const event of [aDrop('shop.other'), aDrop('shop.orders'), aGap(new Date(0), new Date(1))])
      await deliver(event);
    expect(rebuiltAfter).toEqual(['drop', 'gap']);

    const { failures } = await deliver(anInsert('shop.payments', { amount: -1 }));
    expect(failures).toMatchObject([{ handler: 'PaymentHandler.book', attempts: 1 }]);
  });

  it('shows how long a handler that fails is waited for, and when its event is parked', async () => {
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot({ logger: quiet })],
      providers: [PaymentHandler],
    }).compile();
    await app.init();
    Object.freeze(app.get(PaymentHandler).ledger);
    const payment = anInsert('shop.payments', { amount: 5 });
    const { signal } = new AbortController();
    const delivery = { group: 'g', partition: 0, messageId: payment.id, headers: {}, redelivered: false, signal };
    const waits: number[] = [];
    const clock = {
      now: () => new Date(waits.reduce((sum, wait) => sum + wait, 0)),
      random: () => 1, // the longest waits
      wait: async (ms: number) => void waits.push(ms),
    };
    const dispatcher = new EventDispatcher(app.get(HandlerRegistry), DEFAULT_RETRY_POLICY, clock, quiet);

    const { failures } = await dispatcher.dispatch(payment, { ...delivery, stopping: signal });
    expect(failures).toMatchObject([{ attempts: 8, error: expect.any(TypeError) as TypeError }]);
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);

    const park = vi.fn<(waiting: WaitingHandler) => Promise<void>>(() => Promise.resolve());
    const parking = { mustFollow: () => false, follow: () => Promise.resolve(), park };
    await dispatcher.dispatch(payment, { ...delivery, stopping: signal, parking });
    expect(park.mock.calls).toMatchObject([[{ attempts: 4, delayMs: 1_600 }]]); // after 1.4 s, and not after 3
  });

  it('shows what a schema takes off, refuses and passes through', async () => {
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot({ logger: quiet })],
      providers: [InvoiceHandler],
    }).compile();
    const deliver = delivererFor(app);
    const { seen } = app.get(InvoiceHandler);
    const due = new Date(0);

    const { failures } = await deliver(anInsert('shop.invoices', { _id: 1, total: 5, due, note: 'x' }));
    expect(failures).toMatchObject([{ handler: 'InvoiceHandler.strict', reason: 'validation-failed', attempts: 1 }]);
    await deliver(anUpdate('shop.invoices', 1, { fullDocument: { total: 6, note: 'x' } }));
    await deliver(anUpdate('shop.invoices', 1, { fullDocument: null }));
    expect(seen).toEqual([{ stripped: { total: 5, due } }, { loose: { total: 6, note: 'x' } }, { loose: null }]);
  });

  it('shows a handler of batches that fails single events', async () => {
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot({ logger: quiet })],
      providers: [OrderSearch],
    }).compile();
    const deliver = delivererFor(app);
    const orders = [5, -1, 7].map((total, _id) => anInsert('shop.orders', { _id, total }));
    const results = await Promise.all(orders.map((order) => deliver(order)));
    expect(results.map(({ failures }) => failures.length)).toEqual([0, 1, 0]);
    expect([...app.get(OrderSearch).index]).toEqual([
      ['0', 5],
      ['2', 7],
    ]);
  });

  it('shows a handler whose writes happen once', async () => {
    const writes: unknown[][] = [];
    const updateOne = (...write: unknown[]) => Promise.resolve(writes.push(write));
    const connection = { useDb: () => ({ collection: () => ({ updateOne }) }) };
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot()],
      providers: [SalesAccount, { provide: getConnectionToken(), useValue: connection }],
    }).compile();
    const deliver = delivererFor(app);

    const payment = anInsert('shop.payments', { amount: 5 });
    for (let time = 1; time <= 2; time++) expect(await deliver(payment)).toEqual({ matched: 1, failures: [] });
    expect(writes).toEqual([
      [{ name: 'sales' }, { $inc: { balance: 5 } }, { upsert: true, session: expect.any(Object) as object }],
    ]);
  });

  it('shows a handler whose writes happen once on a connection of its own', async () => {
    const insertOne = vi.fn(() => Promise.resolve());
    const archive = { collection: () => ({ insertOne }) };
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot()],
      providers: [PaymentArchive, { provide: getConnectionToken('archive'), useValue: archive }],
    }).compile();
    const deliver = delivererFor(app);

    const payment = anInsert('shop.payments', { _id: 1, amount: 5 });
    for (let time = 1; time <= 2; time++) expect(await deliver(payment)).toEqual({ matched: 1, failures: [] });
    expect(insertOne.mock.calls).toEqual([[{ _id: 1, amount: 5 }, { session: expect.any(Object) as object }]]);
    const once = { connection: 'archive' };
    expect(app.get(HandlerRegistry).describeOnce()).toEqual([{ name: 'PaymentArchive.keep', once }]);
  });

  it('shows a mirror, which inserts what an insert brings', async () => {
    const collection = {
      db: { collection: () => ({ findOne: () => Promise.resolve(null) }) },
      collectionName: 'orders',
      createIndex: vi.fn(() => Promise.resolve('ttl')),
      bulkWrite: vi.fn(() => Promise.resolve()),
    };
    const connection = { getClient: () => ({ db: () => ({ collection: () => collection }) }) };
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot()],
      providers: [OrdersMirror, { provide: getConnectionToken(), useValue: connection }],
    }).compile();
    const order = anInsert('shop.orders', { _id: 1, total: 5 });
    expect(await delivererFor(app)(order)).toEqual({ matched: 1, failures: [] });
    const document = { _id: 1, total: 5, _sluice: { position: positionKey(order.position) } };
    expect(collection.bulkWrite).toHaveBeenCalledWith([{ insertOne: { document } }], expect.anything());
    const expiry = expect.objectContaining({ expireAfterSeconds: 720 * 3_600 }) as object;
    expect(collection.createIndex).toHaveBeenCalledWith({ '_sluice.deletedAt': 1 }, expiry);
  });

  it('shows a controller that hears of everything in a database', async () => {
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot()],
      controllers: [AuditController],
    }).compile();
    const deletion = aDelete('shop.orders.eu', 1);
    expect(await delivererFor(app)(deletion)).toEqual({ matched: 1, failures: [] });
    expect(app.get(AuditController).lines).toEqual([`delete.shop.orders.eu ${deletion.id}`]);
  });

  it('lists every builder', async () => {
    const guide = await readFile(GUIDE, 'utf8');
    const builders = Object.entries(testing).filter(([name]) => /^an?[A-Z]/.test(name));
    expect(builders).toHaveLength(10);
    for (const [name] of builders) expect(guide).toMatch(new RegExp(`^\\| \`${name}\\(.*overrides\\?\\)`, 'm'));
  });

  it('names every header of a dead letter', async () => {
    const guide = await readFile(GUIDE, 'utf8');
    for (const header of Object.values(DEAD_LETTER_HEADERS)) {
      const shortened = header.replace('x-sluice-dead-letter', ''); // beside another one, in one line of the table
      expect(guide).toMatch(new RegExp(`\`(${header}|${shortened})\``));
    }
  });

  it('holds no snippet that is not run here', async () => {
    const guide = await readFile(GUIDE, 'utf8');
    const source = await readFile(new URL(import.meta.url), 'utf8');
    const snippets = snippetsOf(guide);
    expect(snippets).toHaveLength(10);
    for (const { code, imports } of snippets) {
      expect(words(source)).toContain(code);
      for (const imported of imports) expect(availableIn(source)).toContain(imported);
    }
  });
});
