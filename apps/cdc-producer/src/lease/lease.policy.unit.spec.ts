import { describe, expect, it } from 'vitest';
import type { StampedLease } from './lease.js';
import { holderInTheWay } from './lease.policy.js';

const seenAt = new Date(10_000);
const lease = (over: Partial<StampedLease>): StampedLease => ({
  stream: 'shop',
  epoch: 4,
  holder: 'other',
  process: null,
  until: new Date(10_001),
  seenAt,
  isPaused: false,
  ...over,
});
const nobodyEnded = () => false;

describe('a lease', () => {
  it('is in the way while its time, by the same clock as the look at it, is not over', () => {
    expect(holderInTheWay(lease({}), 'me', nobodyEnded)).toEqual({ holder: 'other', until: new Date(10_001) });
  });

  it.each([
    ['nobody holds it', lease({ holder: null, until: null })],
    ['its time is over to the millisecond', lease({ until: seenAt })],
    ['it is ours: an answer was lost', lease({ holder: 'me' })],
  ])('is free where %s', (_why, seen) => {
    expect(holderInTheWay(seen, 'me', nobodyEnded)).toBeUndefined();
  });

  it("is free where the holder's process has ended for certain, whatever time is left", () => {
    expect(holderInTheWay(lease({ until: new Date(99_000) }), 'me', () => true)).toBeUndefined();
  });
});
