import { describe, expect, it } from 'vitest';
import { largerPrefetch, wirePrefetch } from './prefetch.plan.js';

describe('a prefetch', () => {
  it('that is too small doubles, as far as AMQP can say it, and is without bound then', () => {
    expect([1, 200, 32_767].map(largerPrefetch)).toEqual([2, 400, 65_534]);
    expect([32_768, 65_534, Number.POSITIVE_INFINITY].map((each) => wirePrefetch(largerPrefetch(each)))).toEqual([
      0, 0, 0,
    ]);
    expect(wirePrefetch(65_535)).toBe(65_535);
  });
});
