import { Logger } from '@nestjs/common';
import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { message } from './change-message.fixture.spec.js';
import { EventParking, type ParkingParts } from './event.parking.js';

const listener = {
  parked: () => undefined,
  skipped: () => undefined,
  published: () => undefined,
  released: () => undefined,
  failed: () => undefined,
};

describe('what the log says of parking while the state database is away', () => {
  let warn: MockInstance<Logger['warn']>;
  beforeEach(() => (warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined)));
  afterEach(() => vi.restoreAllMocks());

  const away = () => Promise.reject(new Error('away'));
  const stored = { documents: () => Promise.resolve([]), park: () => Promise.resolve('saved'), oldest: away };

  async function lineOf(store: Partial<Record<keyof ParkingParts['store'], () => Promise<unknown>>>) {
    const running = new AbortController();
    const parts = {
      stream: 'shop',
      epoch: 1,
      store: { ...stored, ...store },
      from: undefined,
      onNews: () => () => undefined,
      mayRun: () => true,
    } as unknown as ParkingParts; // what nothing here asks for is left out
    const parking = new EventParking(parts, listener);
    await parking.load(running.signal);
    for (const id of ['one', 'two']) parking.take(message(id), () => undefined);
    const run = parking.run(running.signal);
    await eventually(() => warn.mock.calls.length > 0);
    running.abort();
    await run;
    return warn.mock.calls[0]?.[0] as unknown;
  }

  it('names the first event that it does not take, and how many wait', async () => {
    expect(await lineOf({ park: away })).toEqual({
      msg: 'events not parked, trying again: Error: away',
      eventId: 'one',
      stream: 'shop',
      position: 'one',
      events: 2,
    });
  });

  it('names the stream whose parked events it does not give back, and how many they are', async () => {
    expect(await lineOf({})).toEqual({
      msg: 'parked events not published: Error: away',
      stream: 'shop',
      events: 2,
    });
  });
});
