import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern } from '@sluice/contracts';
import { covers, withoutCovered } from './pattern.cover.js';

const words = fc.constantFrom('a', 'b', 'insert');
const patterns = fc.array(fc.oneof(words, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 5 });
const keys = fc.array(fc.oneof(words, fc.constant('elsewhere')), { minLength: 1, maxLength: 6 });
const joined = (arbitrary: fc.Arbitrary<string[]>) => arbitrary.map((parts) => parts.join('.'));

describe('the reduction of patterns', () => {
  it('matches exactly the same keys as before', () => {
    fc.assert(
      fc.property(fc.array(joined(patterns), { maxLength: 8 }), joined(keys), (all, key) => {
        const before = all.some((pattern) => matchesPattern(pattern, key));
        expect(withoutCovered(all).some((pattern) => matchesPattern(pattern, key))).toBe(before);
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves no pattern that another one covers', () => {
    fc.assert(
      fc.property(fc.array(joined(patterns), { maxLength: 8 }), (all) => {
        const reduced = withoutCovered(all);
        for (const a of reduced) for (const b of reduced) if (a !== b) expect(covers(a, b)).toBe(false);
      }),
    );
  });

  it('sees a pattern as covered exactly when all of its keys match the other one', () => {
    fc.assert(
      fc.property(joined(patterns), joined(patterns), (wide, narrow) => {
        const instances = instancesOf(narrow.split('.')).map((instance) => instance.join('.'));
        fc.pre(!instances.includes('')); // as text, no word cannot be told from an empty one; no key is empty
        expect(covers(wide, narrow)).toBe(instances.every((key) => matchesPattern(wide, key)));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what a person would keep', () => {
    expect(withoutCovered(['insert.shop.orders', '*.shop.#', 'insert.shop.#', 'delete.hr.people'])).toEqual([
      '*.shop.#',
      'delete.hr.people',
    ]);
    expect(withoutCovered(['#.#', '#', 'a'])).toEqual(['#']);
    expect(withoutCovered(['*.shop.*', 'insert.shop.orders.eu'])).toEqual(['*.shop.*', 'insert.shop.orders.eu']);
  });
});

/**
 * Keys that stand for all that a pattern matches: a word nobody else uses for `*`, and up to six of them for `#`,
 * which is more than the five words of a generated pattern can tell apart.
 */
function instancesOf([word, ...rest]: readonly string[]): string[][] {
  if (word === undefined) return [[]];
  const tails = instancesOf(rest);
  if (word === '*') return tails.map((tail) => ['fresh', ...tail]);
  if (word !== '#') return tails.map((tail) => [word, ...tail]);
  return [0, 1, 2, 3, 6].flatMap((count) => tails.map((tail) => [...Array<string>(count).fill('fresh'), ...tail]));
}
