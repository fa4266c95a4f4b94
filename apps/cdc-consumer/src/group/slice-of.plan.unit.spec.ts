import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SliceOf } from './slice-of.plan.js';

describe('a list taken in slices', () => {
  it('is seen whole, in bounded slices, once in as many turns as it has slices', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { maxLength: 50 }), fc.integer({ min: 1, max: 20 }), (list, size) => {
        const slices = new SliceOf<number>(size);
        const turns = Math.ceil(list.length / size);
        const seen = Array.from({ length: turns }, () => slices.next(list));
        expect(seen.flat()).toEqual(list);
        expect(Math.max(0, ...seen.map((slice) => slice.length))).toBeLessThanOrEqual(size);
      }),
    );
  });

  it('begins again when the list has become shorter', () => {
    const slices = new SliceOf<string>(2);
    slices.next(['a', 'b', 'c', 'd']);
    expect(slices.next(['a'])).toEqual(['a']);
  });
});
