import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { describeTime, gapPlan, lossOf } from './gap.plan.js';

const at = (t: number) => new Timestamp({ t, i: 1 });

describe('a gap', () => {
  it('ends where the oldest change is', () => {
    expect(gapPlan(at(100), at(300))).toEqual({ from: at(100), to: at(300) });
  });

  it('is empty where the oplog goes back further than the stream: nothing that it has is read again', () => {
    expect(gapPlan(at(100), at(30))).toEqual({ from: at(100), to: at(100) });
  });

  it('begins at zero where nothing is known: anything before its end may be missing', () => {
    expect(gapPlan(null, at(300))).toEqual({ from: Timestamp.fromBits(0, 0), to: at(300) });
  });
});

describe('a loss in words', () => {
  it.each([
    [
      'both ends',
      at(100),
      at(300),
      /"shop" stands at 1970-01-01T00:01:40.000Z, but the oplog now begins at 1970-01-01T00:05:00.000Z: changes between the two are lost/,
    ],
    [
      'where the oplog is not readable',
      at(100),
      null,
      /stands at 1970-01-01T00:01:40.000Z, and the oplog no longer has what follows: changes since then are lost/,
    ],
    [
      'where only the token is refused',
      at(300),
      at(100),
      /cannot go on behind its resume token, although the oplog begins at 1970-01-01T00:01:40.000Z/,
    ],
    ['where nothing is known of the stream', null, at(300), /stands at an unknown time, but the oplog now begins at/],
  ])('says %s', (_what, reached, oldest, says) => {
    expect(lossOf('shop', reached, oldest)).toMatch(says);
  });

  it('has a time in words', () => {
    expect(describeTime(new Timestamp({ t: 1_767_225_600, i: 7 }))).toBe('2026-01-01T00:00:00.000Z');
    expect(describeTime(Timestamp.fromBits(0, 0))).toBe('an unknown time');
  });
});
