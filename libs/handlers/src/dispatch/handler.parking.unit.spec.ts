import { Injectable } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import type { EventContext } from '../context/event-context.js';
import { OnInsert } from '../decorators/on-operation.decorator.js';
import { aDelivery, anApplication, anInsert } from '../fixtures.spec.js';
import type { RetryOptions } from '../retry/retry.policy.js';
import type { HandlerParking, WaitingHandler } from './handler.parking.js';

class Parking implements HandlerParking {
  readonly told: unknown[] = [];
  constructor(
    private readonly parked: readonly string[] = [],
    readonly earlier: { attempts: number; firstFailedAt: Date } = { attempts: 0, firstFailedAt: new Date(0) },
  ) {}
  mustFollow(handler: string): boolean {
    return this.parked.includes(handler);
  }
  async follow(handler: string): Promise<void> {
    this.told.push(`${handler} follows`);
  }
  async park({ handler, attempts, lastFailedAt, delayMs }: WaitingHandler): Promise<void> {
    this.told.push({ handler, attempts, at: lastFailedAt.getTime(), delayMs });
  }
}

async function anApplicationThat(failing: (context: EventContext) => unknown, retry: RetryOptions) {
  const calm = vi.fn();
  @Injectable()
  class Failing {
    @OnInsert('shop.orders', { retry })
    handle(_event: unknown, context: EventContext): unknown {
      return failing(context);
    }
  }
  @Injectable()
  class Calm {
    @OnInsert('shop.orders')
    handle(): void {
      calm();
    }
  }
  return { calm, ...(await anApplication({ providers: [Failing, Calm] })) };
}

describe('a handler that waits too long', () => {
  const fail = vi.fn(({ attempt }: EventContext) => {
    throw new Error(`attempt ${String(attempt)}`);
  });
  const slow = { attempts: 9, initialDelayMs: 100, maxDelayMs: 1_000 };

  it('is parked before the wait that would pass the limit, and the other handlers are not', async () => {
    const { dispatcher, calm } = await anApplicationThat(fail, { ...slow, parkAfterMs: 149 });
    const parking = new Parking();
    const result = await dispatcher.dispatch(anInsert(), aDelivery({ parking }));
    expect(result).toEqual({ matched: 2, failures: [], parked: ['Failing.handle'] });
    expect(parking.told).toEqual([{ handler: 'Failing.handle', attempts: 2, at: 50, delayMs: 100 }]);
    expect(calm).toHaveBeenCalledOnce();
  });

  it('waits in place where nothing takes it, and up to the limit where something does', async () => {
    const { dispatcher, clock } = await anApplicationThat(fail, { ...slow, attempts: 3, parkAfterMs: 0 });
    expect((await dispatcher.dispatch(anInsert(), aDelivery())).failures).toMatchObject([{ attempts: 3 }]);
    const patient = await anApplicationThat(fail, { ...slow, attempts: 3, parkAfterMs: 150 });
    const parking = new Parking();
    expect((await patient.dispatcher.dispatch(anInsert(), aDelivery({ parking }))).failures).toHaveLength(1);
    expect(parking.told).toEqual([]);
    expect(clock.waits).toEqual([50, 100]);
  });

  it('goes on counting where an earlier life has stopped, one attempt at a time', async () => {
    const { dispatcher } = await anApplicationThat(fail, { ...slow, attempts: 4, parkAfterMs: 0 });
    const earlier = { attempts: 2, firstFailedAt: new Date(-5_000) };
    const parking = new Parking([], earlier);
    const delivery = aDelivery({ parking, only: 'Failing.handle' });
    expect(await dispatcher.dispatch(anInsert(), delivery)).toEqual({
      matched: 1,
      failures: [],
      parked: ['Failing.handle'],
    });
    expect(parking.told).toMatchObject([{ attempts: 3 }]);
    const last = new Parking([], { ...earlier, attempts: 3 });
    const { failures } = await dispatcher.dispatch(anInsert(), { ...delivery, parking: last });
    expect(failures).toMatchObject([{ attempts: 4, firstFailedAt: new Date(-5_000), lastFailedAt: new Date(0) }]);
  });

  it('is not called for a later event of its document, which follows', async () => {
    fail.mockClear();
    const { dispatcher, calm } = await anApplicationThat(fail, slow);
    const parking = new Parking(['Failing.handle']);
    const result = await dispatcher.dispatch(anInsert(), aDelivery({ parking }));
    expect(result).toEqual({ matched: 2, failures: [], parked: ['Failing.handle'] });
    expect(parking.told).toEqual(['Failing.handle follows']);
    expect(fail).not.toHaveBeenCalled();
    expect(calm).toHaveBeenCalledOnce();
  });

  it('is not parked by a delivery that is stopping', async () => {
    const stopping = new AbortController();
    const { dispatcher } = await anApplicationThat(
      () => {
        stopping.abort();
        throw new Error('cut off');
      },
      { ...slow, parkAfterMs: 0 },
    );
    const parking = new Parking();
    await expect(
      dispatcher.dispatch(anInsert(), aDelivery({ parking, stopping: stopping.signal })),
    ).rejects.toMatchObject({ code: 'SLUICE-HANDLER-DISPATCH-ABORTED' });
    expect(parking.told).toEqual([]);
  });
});

describe('a delivery for one handler', () => {
  it('calls that one alone, inside the guard of its calls', async () => {
    const guarded: string[] = [];
    const { dispatcher, calm } = await anApplicationThat(() => undefined, {});
    const guard = async (handler: string, call: () => Promise<unknown>) => {
      guarded.push(handler);
      return call();
    };
    const result = await dispatcher.dispatch(anInsert(), aDelivery({ only: 'Calm.handle', guard }));
    expect(result).toEqual({ matched: 1, failures: [] });
    expect(calm).toHaveBeenCalledOnce();
    expect(guarded).toEqual(['Calm.handle']);
  });
});
