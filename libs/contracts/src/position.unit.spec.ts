import { Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusterTimeOf,
  comparePositions,
  keyBefore,
  parsePositionKey,
  positionKey,
  type Position,
} from './position.js';

const uint32 = fc.nat(2 ** 32 - 1);
const positions = fc
  .record({ t: uint32, i: uint32, generation: fc.nat(999_999), ordinal: fc.nat(99_999_999) })
  .map(({ t, i, ...rest }): Position => ({ clusterTime: new Timestamp({ t, i }), ...rest }));

describe('the key of a position', () => {
  it('sorts as positions do, and is read again', () => {
    fc.assert(
      fc.property(positions, positions, (one, other) => {
        const order = Math.sign(comparePositions(one, other));
        const [a, b] = [positionKey(one), positionKey(other)];
        expect(a < b ? -1 : Number(a > b)).toBe(order);
        expect(parsePositionKey(a)).toEqual(one);
      }),
    );
  });

  it('before a cluster time is below every position of it, and not below an earlier one', () => {
    fc.assert(
      fc.property(positions, positions, (position, other) => {
        const before = keyBefore(position.clusterTime);
        const isZero = position.clusterTime.isZero();
        expect(before < positionKey(position) || isZero).toBe(true);
        const order = other.clusterTime.compare(position.clusterTime);
        if (order >= 0 && !isZero) expect(before < positionKey(other)).toBe(true);
        if (order < 0 && other.clusterTime.add(1).compare(position.clusterTime) < 0)
          expect(positionKey(other) < before).toBe(true);
      }),
    );
  });

  it.each(['9999999999.0000000000.000000.00000000', '0.0.0.0', 'now'])('%s is none', (text) => {
    expect(parsePositionKey(text)).toBeUndefined();
  });
});

it.each([
  ['2026-03-02T10:14:07.999Z', 1_772_446_447],
  ['0003-10-18T17:14:57Z', 0],
  ['9999-12-31T23:59:59Z', 2 ** 32 - 1],
])('the cluster time of %s begins its second, as near as there is one', (time, t) => {
  expect(clusterTimeOf(time)).toEqual(new Timestamp({ t, i: 0 }));
});
