import { describe, expect, it } from 'vitest';
import { consumptionOf } from './consumption.policy.js';

describe('a replica', () => {
  it.each([
    [{ patterns: ['b', 'a'], paused: false }, 'run'],
    [{ patterns: ['a', 'b'], paused: true }, 'paused'],
    [{ patterns: ['a'], paused: false }, 'outdated'],
    [{ patterns: ['a', 'c'], paused: false }, 'outdated'],
    [{ patterns: ['a', 'b', 'c'], paused: true }, 'outdated'],
  ])('with the patterns a and b in a group of %j: %s', (group, consumption) => {
    expect(consumptionOf(group, ['a', 'b'])).toBe(consumption);
  });
});
