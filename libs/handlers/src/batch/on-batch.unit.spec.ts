import { Injectable } from '@nestjs/common';
import type { ChangeEvent, DeleteEvent, InsertEvent } from '@sluice/contracts';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { OnBatch } from '../decorators/on-batch.decorator.js';
import { OnInsert } from '../decorators/on-operation.decorator.js';
import { DispatchAbortedError } from '../dispatch/dispatch-aborted.error.js';
import { EventRefusedError } from '../dispatch/event-refused.error.js';
import { aDelivery, anApplication, anInsert } from '../fixtures.spec.js';
import type { BatchContext } from './batch-context.js';

interface Order {
  readonly total: number;
}

/** Each line marked as an error is one: the type check fails when the compiler accepts it. */
@Injectable()
class OrderBatches {
  readonly batches: string[][] = [];
  readonly singles: string[] = [];
  next: () => Promise<void> = () => Promise.resolve();

  @OnBatch('shop.orders', { maxEvents: 3, maxWaitMs: 20, operations: ['insert'] })
  async orders(events: readonly InsertEvent<Order>[], context: BatchContext): Promise<void> {
    this.batches.push(events.map(({ id }) => id));
    context.logger.info('stored');
    await this.next();
  }
  @OnInsert('shop.orders')
  one(event: InsertEvent): void {
    this.singles.push(event.id);
  }

  // @ts-expect-error all changes of a document come, deletes too
  @OnBatch('shop.carts')
  tooNarrow(events: readonly InsertEvent[]): unknown {
    return events;
  }
  // @ts-expect-error a batch has no transaction
  @OnBatch('shop.carts', { once: true })
  once(events: readonly ChangeEvent[]): unknown {
    return events;
  }
  // @ts-expect-error a batch is an array
  @OnBatch('shop.carts', { operations: ['delete'] })
  single(event: DeleteEvent): unknown {
    return event;
  }
}

class Refused extends EventRefusedError {
  readonly code = 'REFUSED';
  readonly reason = 'handler-failed' as const;
  override readonly earlier = { attempts: 7, firstFailedAt: new Date(5) };
}

const events = (count: number): ChangeEvent[] =>
  Array.from({ length: count }, (_, index) => ({ ...anInsert(), id: `event-${index}` }));

describe('a handler of batches', () => {
  it('gets full batches at once, one after another, and the rest when it has waited', async () => {
    const { module, dispatcher, clock } = await anApplication({ providers: [OrderBatches] });
    const handler = module.get(OrderBatches);
    let release: () => void = () => undefined;
    handler.next = () => new Promise((resolve) => (release = resolve));
    clock.onWait = () => new Promise((resolve) => setImmediate(resolve));
    const results = await Promise.all(events(7).map((event) => dispatcher.dispatch(event, aDelivery())));
    expect(handler.singles).toHaveLength(7); // single handlers do not wait for batches
    for (let batch = 1; batch <= 3; batch++) {
      await vi.waitFor(() => expect(handler.batches).toHaveLength(batch));
      release();
    }
    for (const { batched } of results) expect(await batched).toEqual([]);
    expect(handler.batches[0]).toEqual(['event-0', 'event-1', 'event-2']);
    expect(handler.batches[2]).toEqual(['event-6']);
  });

  it('gets an event that is to be alone in a batch of its own, in its order, with its guard around the call', async () => {
    const { module, dispatcher } = await anApplication({ providers: [OrderBatches] });
    const handler = module.get(OrderBatches);
    const guarded: string[] = [];
    const results = await Promise.all(
      events(6).map((event, index) => {
        const guard = (name: string, call: () => Promise<unknown>) => {
          if (name === 'OrderBatches.orders') guarded.push(event.id);
          return call();
        };
        return dispatcher.dispatch(event, aDelivery(index === 2 || index === 3 ? { guard, alone: true } : {}));
      }),
    );
    for (const { batched } of results) expect(await batched).toEqual([]);
    expect(handler.batches).toEqual([['event-0', 'event-1'], ['event-2'], ['event-3'], ['event-4', 'event-5']]);
    expect(guarded).toEqual(['event-2', 'event-3']);
  });

  it('tells of an event that its guard refuses with the attempts that it had before', async () => {
    const { dispatcher } = await anApplication({ providers: [OrderBatches] });
    const guard = () => Promise.reject(new Refused());
    const [event] = events(1);
    if (event === undefined) throw new Error('no event');
    const { batched, failures } = await dispatcher.dispatch(event, aDelivery({ guard, alone: true }));
    const told = { attempts: 7, firstFailedAt: new Date(5), reason: 'handler-failed' };
    expect(await batched).toMatchObject([{ handler: 'OrderBatches.orders', ...told }]);
    expect(failures).toMatchObject([{ handler: 'OrderBatches.one', ...told }]);
  });

  it('keeps the batches of partitions apart', async () => {
    const { module, dispatcher } = await anApplication({ providers: [OrderBatches] });
    const results = await Promise.all(
      events(4).map((event, index) => dispatcher.dispatch(event, aDelivery({ partition: index % 2 }))),
    );
    for (const { batched } of results) await batched;
    const together = module.get(OrderBatches).batches;
    expect(together.map((ids) => [...ids].sort())).toEqual([
      ['event-0', 'event-2'],
      ['event-1', 'event-3'],
    ]);
  });

  it('is not given what still waits when the partition is stopping', async () => {
    const stopping = new AbortController();
    const { module, dispatcher, clock } = await anApplication({ providers: [OrderBatches] });
    clock.onWait = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      stopping.abort();
    };
    const [event = anInsert()] = events(1);
    const { batched } = await dispatcher.dispatch(event, aDelivery({ stopping: stopping.signal }));
    await expect(batched).rejects.toBeInstanceOf(DispatchAbortedError);
    expect(module.get(OrderBatches).batches).toEqual([]);
  });

  it('gets what its schema gives, and a document that does not keep to it fails alone', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Parsed {
      @OnBatch('shop.orders', { document: z.object({ total: z.number() }), operations: ['insert'] })
      stored(batch: readonly InsertEvent<{ total: number }>[]): void {
        seen.push(...batch.map(({ fullDocument }) => fullDocument));
      }
    }
    const { dispatcher } = await anApplication({ providers: [Parsed] });
    const documents = [{ total: 1, note: 'x' }, { total: 'two' }, { total: 3 }];
    const results = await Promise.all(
      documents.map((fullDocument) => dispatcher.dispatch({ ...anInsert(), fullDocument }, aDelivery())),
    );
    const failures = [];
    for (const { batched } of results) failures.push(await batched);
    expect(failures).toMatchObject([[], [{ handler: 'Parsed.stored', reason: 'validation-failed' }], []]);
    expect(seen).toEqual([{ total: 1 }, { total: 3 }]);
  });

  it('says at the definition of its class which limits make no sense, and that it cannot take single events too', () => {
    const define = (options: object) => () => {
      class Faulty {
        @OnBatch('shop.orders', options)
        stored(): void {}
      }
      return Faulty;
    };
    expect(define({ maxEvents: 0, maxWaitMs: -1 })).toThrow(
      /SLUICE-HANDLER-BATCH-INVALID {2}@OnBatch on Faulty.stored: maxEvents is 0.*maxWaitMs is -1/,
    );
    expect(define({ operations: ['drop'] })).toThrow(/unknown operations drop. Allowed: insert, .*read/);
    expect(() => {
      class Mixed {
        @OnBatch('shop.orders')
        @OnInsert('shop.orders')
        stored(): void {}
      }
      return Mixed;
    }).toThrow(/SLUICE-HANDLER-BATCH-MIXED/);
  });
});
