import { Controller, Injectable } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Binary, Decimal128, Long, ObjectId, Timestamp } from 'bson';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangeEvent, InsertEvent } from '@sluice/contracts';
import { HandlersModule, OnChange, OnInsert, type EventContext } from '@sluice/handlers';
import { aDelete, aGap, anInsert } from '../events/events.js';
import { delivererFor, type Deliver } from './deliverer.js';

interface Order {
  readonly total: number;
}

@Injectable()
class OrderHandler {
  readonly seen: unknown[] = [];
  failures = 0;

  @OnInsert('shop.orders')
  inserted(event: InsertEvent<Order>, context: EventContext): void {
    if (this.failures-- > 0) throw new Error(`attempt ${String(context.attempt)}`);
    this.seen.push(event.fullDocument);
  }
  @OnChange({ namespace: 'shop.*', operations: ['delete', 'gap'] })
  others(event: ChangeEvent, context: EventContext): void {
    this.seen.push([event.operation, context.redelivered]);
  }
}

@Controller()
class PlainController {
  readonly seen: string[] = [];

  @EventPattern<string>('insert.shop.#')
  inserted(event: ChangeEvent): void {
    this.seen.push(event.operation);
  }
}

describe('a deliverer', () => {
  let deliver: Deliver;
  let orders: OrderHandler;
  let plain: PlainController;

  beforeEach(async () => {
    const app = await Test.createTestingModule({
      imports: [HandlersModule.forRoot()],
      providers: [OrderHandler],
      controllers: [PlainController],
    }).compile();
    app.useLogger(false);
    deliver = delivererFor(app);
    orders = app.get(OrderHandler);
    plain = app.get(PlainController);
  });

  it('brings an event to the decorated methods and to those of @EventPattern', async () => {
    const order: Order = { total: 5 };
    expect(await deliver(anInsert('shop.orders', order))).toEqual({ matched: 2, failures: [] });
    expect(orders.seen).toMatchObject([{ total: 5 }]);
    expect(plain.seen).toEqual(['insert']);
  });

  it('hands over BSON’s types as production does, and not the very object', async () => {
    const document = {
      _id: new ObjectId(),
      big: Long.fromString('9007199254740993'),
      price: Decimal128.fromString('10.10'),
      at: new Date(0),
      stamp: new Timestamp({ t: 1, i: 2 }),
      bytes: new Binary(Buffer.from('abc')),
    };
    await deliver(anInsert('shop.orders', document));
    expect(orders.seen).toEqual([document]);
    expect(orders.seen[0]).not.toBe(document);
  });

  it('retries as the application does, without waiting', async () => {
    orders.failures = 4;
    expect(await deliver(anInsert('shop.orders', {}))).toEqual({ matched: 2, failures: [] });
    orders.failures = 5;
    const { failures } = await deliver(anInsert('shop.orders', {}));
    expect(failures).toMatchObject([{ handler: 'OrderHandler.inserted', error: new Error('attempt 5'), attempts: 5 }]);
  });

  it('says about the delivery what the test wants it to', async () => {
    await deliver(aDelete('shop.orders', 1), { redelivered: true });
    await deliver(aGap(new Date(0), new Date(1)));
    expect(orders.seen).toEqual([
      ['delete', true],
      ['gap', false],
    ]);
  });

  it('refuses an event that no producer would send', async () => {
    await expect(deliver(anInsert('shop.orders', {}, { stream: '' }))).rejects.toMatchObject({
      code: 'SLUICE-MESSAGE-UNREADABLE',
    });
  });
});
