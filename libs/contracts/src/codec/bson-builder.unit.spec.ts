import { BSON, Long, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BsonBuilder, type BsonSimpleValue } from './bson-builder.js';
import { documentOf } from './bson-value.js';
import { walkElements } from './bson-walker.js';
import { anyDocuments, orderedDocuments } from './raw-bson.arbitraries.spec.js';

const names = fc
  .string({ unit: 'grapheme', maxLength: 100 })
  .filter((name) => !name.includes('\0') && !/^\d/.test(name));
const simpleValues: fc.Arbitrary<Exclude<BsonSimpleValue, BsonBuilder>> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.integer(),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.constant(null),
);

describe('BsonBuilder', () => {
  it('writes simple values as bson does, nested too', () => {
    const fields = fc.uniqueArray(fc.tuple(names, simpleValues), { selector: ([name]) => name, maxLength: 8 });
    fc.assert(
      fc.property(fields, names, (content, nested) => {
        const inner = new BsonBuilder();
        for (const [name, value] of content) inner.value(name, value);
        const outer = new BsonBuilder().value(nested, inner);
        const expected = { [nested]: Object.fromEntries(content) };
        expect(outer.build().toString('hex')).toBe(Buffer.from(BSON.serialize(expected)).toString('hex'));
        expect(outer.byteLength).toBe(outer.build().length);
      }),
    );
  });

  it('copies any document element by element without changing a byte', () => {
    fc.assert(
      fc.property(anyDocuments, (bson) => {
        const builder = new BsonBuilder();
        walkElements(bson, 0, (element) => builder.element(element.name, bson, element));
        expect(builder.build().toString('hex')).toBe(bson.toString('hex'));
      }),
    );
  });

  it('embeds raw documents', () => {
    fc.assert(
      fc.property(orderedDocuments, (bson) => {
        expect(documentOf(new BsonBuilder().document('a', bson).build())).toEqual(
          documentOf(BSON.serialize({ a: BSON.deserialize(bson, { promoteValues: false, bsonRegExp: true }) })),
        );
      }),
    );
  });

  it('copies from any Uint8Array, wherever it begins', () => {
    const id = new ObjectId();
    const source = new Uint8Array([9, 9, ...BSON.serialize({ id, text: 'x'.repeat(200) })]).subarray(2);
    const builder = new BsonBuilder();
    walkElements(source, 0, (element) => builder.element(element.name, source, element));
    expect(documentOf(builder.build())).toEqual({ id, text: 'x'.repeat(200) });
  });

  it.each([1.5, 2 ** 31, NaN, -0])('refuses the number %d, whose type is not ours to guess', (number) => {
    expect(() => new BsonBuilder().value('a', number)).toThrow(RangeError);
  });

  it('refuses an invalid date and a name with a zero byte', () => {
    expect(() => new BsonBuilder().value('a', new Date(NaN))).toThrow(RangeError);
    expect(() => new BsonBuilder().value('a\0b', 1)).toThrow(RangeError);
  });
});
