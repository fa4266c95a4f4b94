import { BSON, Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../codec/bson-value.js';
import { eventIdOf, readRawChange } from './raw-change.js';
import { SplitChangeError, SplitChangeJoiner } from './split-change.joiner.js';

const clusterTime = new Timestamp({ t: 1_767_225_600, i: 7 });
const fields = {
  operationType: 'update',
  clusterTime,
  wallTime: new Date(0),
  ns: { db: 'shop', coll: 'orders' },
  documentKey: { _id: 1 },
  fullDocument: { _id: 1, text: 'after' },
  fullDocumentBeforeChange: { _id: 1, text: 'before', list: [1, 2, 3] },
  updateDescription: { updatedFields: { text: 'after' }, removedFields: [] },
};
const tokenOf = (fragment: number) => ({ _data: `82AB0${fragment}` });

/** As the server sends them: each field in one fragment, or, as some servers do, small ones in each. */
function split(shares: readonly number[], of: number, repeated: readonly string[] = []): Uint8Array[] {
  return Array.from({ length: of }, (_, index) => {
    const own = Object.entries(fields).filter(
      ([name], at) => (shares[at] ?? 0) % of === index || repeated.includes(name),
    );
    const splitEvent = { fragment: index + 1, of };
    return BSON.serialize({ _id: tokenOf(index + 1), splitEvent, ...Object.fromEntries(own) });
  });
}

describe('a split change', () => {
  it('is with any split what it would have been whole, and complete with its last fragment alone', () => {
    const names = Object.keys(fields);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(7), { minLength: names.length, maxLength: names.length }),
        fc.subarray(names),
        (of, shares, repeated) => {
          const joiner = new SplitChangeJoiner();
          const fragments = split(shares, of, repeated);
          const joined = fragments.map((fragment, index) => {
            const change = joiner.add(fragment);
            expect(joiner.isWaiting).toBe(index < of - 1);
            return change;
          });
          const whole = joined.pop();
          expect(joined.every((change) => change === undefined)).toBe(true);
          const { splitEvent: _mark, ...document } = documentOf(whole?.bson ?? new Uint8Array());
          expect(document).toEqual({ _id: tokenOf(of), ...fields });
          expect(whole).toMatchObject({ operation: 'update', ns: fields.ns, clusterTime });
          expect(eventIdOf(whole?.identity ?? new Uint8Array())).toBe(eventIdOf(BSON.serialize(tokenOf(1))));
        },
      ),
    );
  });

  it('is one of many: those between are passed on as they are', () => {
    const joiner = new SplitChangeJoiner();
    const small = BSON.serialize({ _id: tokenOf(9), ...fields });
    const [first, second] = split([], 2);
    const seen = [small, first, second, small].map((bson) => joiner.add(bson ?? new Uint8Array()));
    expect(seen.map((change) => change !== undefined)).toEqual([true, false, true, true]);
    expect(seen[0]).toEqual(readRawChange(small));
  });

  it.each([
    ['begins behind its first fragment', [1]],
    ['misses a fragment', [0, 2]],
    ['is followed by another before its end', [0, 0]],
  ])('that %s is never passed on as a whole one', (_what, order) => {
    const joiner = new SplitChangeJoiner();
    const fragments = split([0, 0, 0, 0, 0, 1, 2, 0], 3);
    expect(() => {
      for (const index of order) expect(joiner.add(fragments[index] ?? new Uint8Array())).toBeUndefined();
    }).toThrow(SplitChangeError);
  });
});
