import { BSONSymbol, Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOfValue } from './bucket.js';
import { canonicalKeyOf } from './canonical-key.js';

/** Values of an `_id`, each with another form of the same; nested too. */
const twins = fc.letrec<{ twin: [unknown, unknown] }>((tie) => ({
  twin: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer({ min: -3, max: 3 }).map((n): [unknown, unknown] => [new Int32(n), Long.fromNumber(n)]),
    fc.integer().map((n): [unknown, unknown] => [new Double(n), Decimal128.fromString(`${n}.0`)]),
    fc.constantFrom('', 'a', 'ab', '1', ')').map((text): [unknown, unknown] => [text, new BSONSymbol(text)]),
    fc.constantFrom<[unknown, unknown]>([null, null], [true, true], [new Date(5), new Date(5)]),
    fc.array(tie('twin'), { maxLength: 3 }).map((all): [unknown, unknown] => [all.map(first), all.map(second)]),
    fc
      .dictionary(fc.constantFrom('a', 'b', 'ab'), tie('twin'), { maxKeys: 2 })
      .map((all): [unknown, unknown] => [valuesOf(all, first), valuesOf(all, second)]),
  ),
})).twin;

const first = ([value]: [unknown, unknown]) => value;
const second = ([, value]: [unknown, unknown]) => value;

function valuesOf(all: Record<string, [unknown, unknown]>, pick: (twin: [unknown, unknown]) => unknown) {
  return Object.fromEntries(Object.entries(all).map(([name, twin]) => [name, pick(twin)]));
}

describe('the canonical key of an id', () => {
  it('is the same for every form of an id, as its bucket is', () => {
    fc.assert(
      fc.property(twins, ([one, other]) => {
        expect(canonicalKeyOf(one)).toBe(canonicalKeyOf(other));
        expect(bucketOfValue('shop.orders', one)).toBe(bucketOfValue('shop.orders', other));
      }),
    );
  });

  it('differs for other ids', () => {
    const ids = [
      ...[1, 1.5, 2, Long.fromString('9007199254740993'), 2 ** 53, NaN],
      ...['1', '', 'a', 'ab', null, true, false, new ObjectId('65a1b2c3d4e5f60718293a4b'), new Date(1)],
      ...[['a', 'b'], ['ab'], [['a'], 'b'], [['a', 'b']], [1, 2], [12], {}, []],
      ...[{ a: 1 }, { b: 1 }, { a: '1' }, { a: 1, b: 1 }, { b: 1, a: 1 }, { a: { b: 1 } }],
    ];
    expect(new Set(ids.map(canonicalKeyOf)).size).toBe(ids.length);
  });

  it('is the same for an ObjectId, which is not serialised, as for one inside a document, which is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), (bytes) => {
        const id = new ObjectId(bytes);
        expect(canonicalKeyOf({ id })).toBe(`3(id\0${canonicalKeyOf(id)})`);
      }),
    );
  });

  it('is refused to undefined, which is no id', () => {
    expect(() => canonicalKeyOf(undefined)).toThrow(TypeError);
  });
});
