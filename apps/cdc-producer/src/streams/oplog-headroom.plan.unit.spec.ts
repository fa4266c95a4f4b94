import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { headroomSeconds, headroomWarning } from './oplog-headroom.plan.js';

const at = (t: number) => new Timestamp({ t, i: 9 });

describe("a position's headroom in the oplog", () => {
  it.each([
    ['the seconds from the oldest entry to the position', at(1000), at(400), 600],
    ['zero once the position has fallen off', at(400), at(1000), 0],
    ['unknown without a position in time', null, at(400), null],
    ['unknown where the oplog is not readable', at(1000), null, null],
  ])('is %s', (_what, readTo, oldest, expected) => {
    expect(headroomSeconds(readTo, oldest)).toBe(expected);
  });

  it('warns under the threshold only, and never of what is not known', () => {
    expect(headroomWarning(59, 60)).toMatch(/begins only 59 s before .*\(minOplogHeadroomSeconds: 60\)/);
    expect(headroomWarning(0, 60)).toMatch(/or has fallen off it \(minOplogHeadroomSeconds: 60\)/);
    expect(headroomWarning(60, 60)).toBeUndefined();
    expect(headroomWarning(0, 0)).toBeUndefined();
    expect(headroomWarning(null, 60)).toBeUndefined();
  });
});
