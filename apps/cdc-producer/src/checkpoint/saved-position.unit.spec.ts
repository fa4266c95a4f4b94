import { describe, expect, it } from 'vitest';
import { isOlder, NOTHING_SAVED } from './saved-position.js';

const at = (epoch: number, serial: number) => ({ ...NOTHING_SAVED, epoch, serial });

describe('isOlder', () => {
  it.each([
    ['a save of the same epoch before it', at(2, 3), at(2, 4), true],
    ['a save of the same epoch behind it', at(2, 5), at(2, 4), false],
    ['the same', at(2, 4), at(2, 4), false],
    ['any save of an earlier epoch', at(1, 9), at(2, 0), true],
    ['the first of a later epoch', at(3, 0), at(2, 9), false],
  ])('%s', (_what, position, than, expected) => {
    expect(isOlder(position, than)).toBe(expected);
  });
});
