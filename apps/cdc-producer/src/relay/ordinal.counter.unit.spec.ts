import { comparePositions, positionKey } from '@sluice/contracts';
import fc from 'fast-check';
import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { OrdinalCounter } from './ordinal.counter.js';

/** Cluster times of a stream: never falling, often equal, as in transactions. */
const clusterTimes = fc
  .array(fc.nat(2), { minLength: 1, maxLength: 60 })
  .map((steps) => steps.reduce<number[]>((times, step) => [...times, (times.at(-1) ?? 1) + step], []))
  .map((times) => times.map((t) => new Timestamp({ t, i: 1 })));

describe('positions of a stream', () => {
  it('are the same after a crash at any point, also in the middle of a transaction', () => {
    fc.assert(
      fc.property(clusterTimes, fc.nat(), (times, crash) => {
        const whole = new OrdinalCounter(0, null);
        const expected = times.map((time) => whole.next(time));
        const saved = crash % times.length;
        const resumed = new OrdinalCounter(0, expected[saved] ?? null);
        expect(times.slice(saved + 1).map((time) => resumed.next(time))).toEqual(expected.slice(saved + 1));
      }),
    );
  });

  it('grow with each event, and their keys sort as they do', () => {
    fc.assert(
      fc.property(clusterTimes, (times) => {
        const counter = new OrdinalCounter(3, null);
        const positions = times.map((time) => counter.next(time));
        const keys = positions.map(positionKey);
        expect(keys).toEqual([...new Set(keys)].sort());
        expect(positions).toEqual([...positions].sort(comparePositions));
      }),
    );
  });

  it('go on behind a gap, which stands behind everything before it', () => {
    const clusterTime = new Timestamp({ t: 5, i: 1 });
    const last = { clusterTime, generation: 2, ordinal: 41 };
    const counter = new OrdinalCounter(2, last);
    const gap = counter.nextGeneration(clusterTime);
    expect(gap).toEqual({ clusterTime, generation: 3, ordinal: 0 });
    expect(comparePositions(last, gap)).toBeLessThan(0);
    expect(counter.next(clusterTime)).toEqual({ clusterTime, generation: 3, ordinal: 1 });
    const later = new Timestamp({ t: 6, i: 1 });
    expect(counter.next(later)).toEqual({ clusterTime: later, generation: 3, ordinal: 0 });
  });

  it('start anew in another generation, behind all of the earlier one', () => {
    const clusterTime = new Timestamp({ t: 5, i: 1 });
    const last = { clusterTime, generation: 0, ordinal: 41 };
    const next = new OrdinalCounter(1, last).next(clusterTime);
    expect(next).toEqual({ clusterTime, generation: 1, ordinal: 0 });
    expect(comparePositions(last, next)).toBeLessThan(0);
  });
});
