import { REALTIME_CLOSE } from '@sluice/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterClose, delayOf } from './reconnect.policy.js';

it('waits anything up to a bound that doubles with each attempt, and never longer than the greatest', () => {
  fc.assert(
    fc.property(fc.nat(2_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
      const delay = delayOf(attempt, random, { initialDelayMs: 100, maxDelayMs: 5_000 });
      expect(delay).toBe(random * Math.min(5_000, 100 * 2 ** attempt));
      expect(delay).toBeLessThanOrEqual(5_000);
    }),
  );
  expect(delayOf(0, 1, {})).toBe(500);
  expect(delayOf(50, 1, {})).toBe(30_000);
});

it('comes back after every close but those of a message that would be refused again', () => {
  const ends = Object.entries(REALTIME_CLOSE).filter(([, code]) => afterClose(code) === 'end');
  expect(ends.map(([name]) => name)).toEqual(['tooLarge', 'invalidMessage']);
  expect(afterClose(REALTIME_CLOSE.tooManyMessages)).toBe('later');
  for (const code of [1000, 1005, 1006, 1011, 1012]) expect(afterClose(code)).toBe('soon');
});
