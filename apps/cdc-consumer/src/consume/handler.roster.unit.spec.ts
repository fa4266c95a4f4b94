import { Injectable, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { HandlersModule, OnDelete, OnInsert } from '@sluice/handlers';
import { describe, expect, it, vi } from 'vitest';
import { HandlerRoster } from './handler.roster.js';

@Injectable()
class Orders {
  @OnInsert('shop.ordres')
  inserted(): void {}

  @OnInsert('shop.*')
  @OnDelete('shop.*')
  count(): void {}
}

async function linesOf(handlers: Type<unknown>[]): Promise<unknown[]> {
  const write = vi.fn();
  const app = await Test.createTestingModule({
    imports: [HandlersModule.forRoot()],
    providers: [...handlers, HandlerRoster],
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

  it('warns where there is none', async () => {
    expect(await linesOf([])).toEqual(['no handlers were found: nothing is done for any change']);
  });
});
