import { BSON, Binary, BSONSymbol, Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, bucketKey, bucketOfRaw, bucketOfValue } from './bucket.js';
import { elementsOf } from './codec/bson-walker.js';
import { MalformedBsonError } from './codec/malformed-bson.error.js';

const NAMESPACE = 'shop.orders';

/** Every BSON form of a number that holds exactly this integer. */
function formsOf(integer: number): unknown[] {
  const long = Long.fromNumber(integer);
  const forms: unknown[] = [
    long,
    new Double(integer),
    Decimal128.fromString(`${integer}`),
    Decimal128.fromString(`${integer}.00`),
  ];
  return (integer | 0) === integer ? [...forms, new Int32(integer)] : forms;
}

function bucketsOf(values: readonly unknown[]): Set<number> {
  return new Set(values.map((value) => bucketOfValue(NAMESPACE, value)));
}

/** Pearson's statistic against an even share in each bucket: about 63 for random buckets, with a deviation of 11. */
function chiSquare(values: readonly unknown[]): number {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const value of values) {
    const bucket = bucketOfValue(NAMESPACE, value);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const expected = values.length / BUCKETS;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('bucketOfValue', () => {
  it.each(vectors())('has put %s of %s into bucket %i since the first version', (_, namespace, bucket, value) => {
    expect(bucketOfValue(namespace, value)).toBe(bucket);
  });

  it('is the same for an integer in every numeric type, nested too', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -9, max: 9 })), (integer) => {
        const forms = formsOf(integer);
        expect(bucketsOf(forms).size).toBe(1);
        expect(bucketsOf(forms.map((form) => ({ a: [form], b: { c: form } }))).size).toBe(1);
      }),
    );
  });

  it('is the same for a double and the decimal of exactly its value', () => {
    const fractions = fc.tuple(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(fractions, ([numerator, halvings]) => {
        const value = numerator / 2 ** halvings;
        expect(bucketsOf([new Double(value), Decimal128.fromString(value.toFixed(halvings))]).size).toBe(1);
      }),
    );
  });

  it('is the same for whole doubles and decimals beyond int64', () => {
    expect(bucketsOf([new Double(2 ** 64), Decimal128.fromString('18446744073709551616')]).size).toBe(1);
    expect(
      bucketsOf([new Double(-1e22), Decimal128.fromString('-1E22'), Decimal128.fromString('-10000000000E12')]).size,
    ).toBe(1);
    expect(
      bucketsOf([Long.MIN_VALUE, new Double(-(2 ** 63)), Decimal128.fromString('-9223372036854775808')]).size,
    ).toBe(1);
  });

  it('is the same for both zeros, for every NaN, and for each infinity', () => {
    const zeros = [0, new Double(-0), Long.ZERO, ...['0', '-0', '0.00', '0E+6111'].map((text) => new Decimal128(text))];
    const nan = BSON.serialize({ _id: new Double(NaN) });
    const signed = Buffer.from(nan);
    signed.writeBigInt64LE(-1n, signed.length - 9);
    const [id] = [...elementsOf(signed).values()];
    expect(bucketsOf(zeros).size).toBe(1);
    expect(bucketsOf([NaN, new Decimal128('NaN')])).toEqual(new Set(id && [bucketOfRaw(NAMESPACE, signed, id)]));
    expect(bucketsOf([Infinity, new Decimal128('Infinity')]).size).toBe(1);
    expect(bucketsOf([-Infinity, new Decimal128('-Infinity')]).size).toBe(1);
  });

  it('is the same for a symbol and the string', () => {
    expect(bucketsOf(['a', new BSONSymbol('a')]).size).toBe(1);
  });

  it('tells numbers apart that differ by a last bit', () => {
    const values = [
      0.1,
      new Decimal128('0.1'),
      new Double(0.1 + 2 ** -56),
      5e-324,
      2 ** 53,
      Long.fromString('9007199254740993'),
    ];
    expect(bucketsOf(values).size).toBeGreaterThan(1);
  });

  it('spreads sequential ids evenly', () => {
    const sequence = Array.from({ length: 20_000 }, (_, index) => index);
    const objectIds = sequence.map((index) => new ObjectId(`65a1b2c3d4e5f60718${index.toString(16).padStart(6, '0')}`));
    // 63 + 5 deviations; the input is fixed, so that the outcome is too.
    expect(chiSquare(objectIds)).toBeLessThan(120);
    expect(chiSquare(sequence)).toBeLessThan(120);
    expect(chiSquare(sequence.map(String))).toBeLessThan(120);
    expect(chiSquare(sequence.map((index) => ({ tenant: 'a', number: index })))).toBeLessThan(120);
  });

  it('refuses undefined, which is no document key', () => {
    expect(() => bucketOfValue(NAMESPACE, undefined)).toThrow(TypeError);
  });
});

describe('bucketOfRaw', () => {
  it('is the same wherever the id stands in a buffer', () => {
    const id = { a: new UUID('c8edabc3-f738-4ca3-b68d-ab92a91478a3'), b: [new Date(5), null, /x/i] };
    const event = BSON.serialize({ before: 'x', documentKey: { shard: 1, _id: id } });
    const key = elementsOf(event).get('documentKey');
    const element = key && elementsOf(event, key.start).get('_id');
    expect(element && bucketOfRaw(NAMESPACE, event, element)).toBe(bucketOfValue(NAMESPACE, id));
  });

  it('refuses an element that reaches past the buffer', () => {
    const bson = BSON.serialize({ _id: new ObjectId() });
    const [id] = [...elementsOf(bson).values()];
    expect(() => id && bucketOfRaw(NAMESPACE, bson.subarray(0, 12), id)).toThrow(MalformedBsonError);
  });
});

describe('bucketKey', () => {
  it('has two digits', () => {
    expect([0, 7, 63].map(bucketKey)).toEqual(['00', '07', '63']);
  });
});

/** [what, namespace, bucket, id]: never to be changed, see `BUCKETS`. */
function vectors(): [string, string, number, unknown][] {
  return [
    ['an ObjectId', 'shop.orders', 13, new ObjectId('65a1b2c3d4e5f60718293a4b')],
    ['the same ObjectId', 'shop.customers', 17, new ObjectId('65a1b2c3d4e5f60718293a4b')],
    ['a string', 'shop.orders', 48, 'order-1'],
    ['a string beyond ASCII', 'läden.aufträge', 9, 'Bestellung №1 😀'],
    ['the empty string', 'shop.orders', 53, ''],
    ['1', 'shop.orders', 27, 1],
    ['-1', 'shop.orders', 32, -1],
    ['2^53 + 1', 'shop.orders', 33, Long.fromString('9007199254740993')],
    ['0.1', 'shop.orders', 18, 0.1],
    ['1e300', 'shop.orders', 7, 1e300],
    ['the smallest double', 'shop.orders', 31, 5e-324],
    ['the decimal 0.1', 'shop.orders', 27, new Decimal128('0.1')],
    ['NaN', 'shop.orders', 15, NaN],
    ['a UUID', 'shop.orders', 54, new UUID('c8edabc3-f738-4ca3-b68d-ab92a91478a3')],
    ['old binary', 'shop.orders', 33, new Binary(Buffer.from([1, 2, 3]), 2)],
    ['a date', 'shop.orders', 28, new Date('2026-01-01T00:00:00Z')],
    ['a timestamp', 'shop.orders', 6, new Timestamp({ t: 1, i: 2 })],
    ['true', 'shop.orders', 29, true],
    ['null', 'shop.orders', 14, null],
    ['a document', 'shop.orders', 52, { region: 'eu', number: 7, parts: [1, 'a', null] }],
  ];
}
