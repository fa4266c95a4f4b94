import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reopenDelayMs } from './reopen.delay.js';

describe('the delay before a channel is opened again', () => {
  it('doubles from 100 ms to 10 s, and half of it at least is kept', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const ceiling = Math.min(10_000, 100 * 2 ** attempt);
        const delay = reopenDelayMs(attempt, () => random);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(ceiling / 2));
        expect(delay).toBeLessThanOrEqual(ceiling);
      }),
    );
  });
});
