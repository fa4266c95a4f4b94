import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distribution, median, summary } from './statistics.mjs';

describe('figures', () => {
  it('have the middle value as their median', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    expect(summary([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3, runs: 3 });
  });

  it('have quantiles that at least their share of the values do not exceed, each of them a value', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const { p50, p95, p99, max } = distribution(values);
        for (const [share, value] of [
          [0.5, p50],
          [0.95, p95],
          [0.99, p99],
          [1, max],
        ]) {
          expect(values).toContain(value);
          expect(values.filter((each) => each <= value).length).toBeGreaterThanOrEqual(values.length * share);
          expect(values.filter((each) => each < value).length).toBeLessThan(Math.max(values.length * share, 1));
        }
      }),
    );
  });
});
