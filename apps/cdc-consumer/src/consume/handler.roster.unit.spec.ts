import { Injectable, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { HandlersModule, OnBatch, OnDelete, OnInsert } from '@sluice/handlers';
import { describe, expect, it, vi } from 'vitest';
import { ConsumerSettings, loadConsumerSettings } from '../config/consumer.settings.js';
import { HandlerRoster } from './handler.roster.js';

@Injectable()
class Orders {
  @OnInsert('shop.ordres')
  inserted(): void {}

  @OnInsert('shop.*')
  @OnDelete('shop.*')
  count(): void {}
}

const ENV = { MONGODB_URI: 'mongodb://localhost', RABBITMQ_URI: 'amqp://localhost', PREFETCH: '50' };

@Injectable()
class OrderBatches {
  @OnBatch('shop.orders', { maxEvents: 51, operations: ['insert'] })
  stored(): void {}
}

async function linesOf(handlers: Type<unknown>[]): Promise<unknown[]> {
  const write = vi.fn();
  const app = await Test.createTestingModule({
    imports: [HandlersModule.forRoot()],
    providers: [...handlers, HandlerRoster, { provide: ConsumerSettings, useValue: loadConsumerSettings(ENV) }],
  }).compile();
  app.useLogger({ log: write, warn: write, error: write });
  await app.init();
  return write.mock.calls.map(([line]: unknown[]) => line);
}

describe('the roster of handlers', () => {
  it('says what each handler hears, one line each', async () => {
    expect(await linesOf([Orders])).toEqual([
      'Orders.inserted handles insert.shop.ordres',
      'Orders.count handles insert.shop.#, delete.shop.#',
    ]);
  });

  it('warns of batches that can never be full', async () => {
    expect(await linesOf([OrderBatches])).toEqual([
      'OrderBatches.stored handles insert.shop.orders',
      'OrderBatches.stored takes up to 51 events at once, but PREFETCH is 50: no batch is larger than that, ' +
        'and each waits its full time',
    ]);
  });

  it('warns where there is none', async () => {
    expect(await linesOf([])).toEqual(['no handlers were found: nothing is done for any change']);
  });
});
