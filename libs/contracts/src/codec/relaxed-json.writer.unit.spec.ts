import { Code, DBRef, Double, Long, ObjectId } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentOf } from './bson-value.js';
import { parseExtendedJson } from './extended-json.reader.js';
import { plainDocuments } from './raw-bson.arbitraries.spec.js';
import { relaxedJsonOf } from './relaxed-json.writer.js';

describe('relaxedJsonOf', () => {
  it('loses nothing but which type a whole number had: what is read back is what was written', () => {
    fc.assert(
      fc.property(plainDocuments, (bson) => {
        const document = documentOf(bson);
        expect(parseExtendedJson(relaxedJsonOf(document))).toEqual(withPlainLongs(document));
      }),
      { numRuns: 400 },
    );
  });

  it('is plain JSON, whatever the document', () => {
    fc.assert(fc.property(plainDocuments, (bson) => void JSON.parse(relaxedJsonOf(documentOf(bson)))));
  });

  it.each([
    [5, '5'],
    [new Double(1.5), '1.5'],
    [Long.fromString('9007199254740991'), '9007199254740991'],
    [Long.fromString('9007199254740993'), '{"$numberLong":"9007199254740993"}'],
    [NaN, '{"$numberDouble":"NaN"}'],
    [new Date('2026-03-02T10:14:07.123Z'), '{"$date":"2026-03-02T10:14:07.123Z"}'],
    [new Date(-1), '{"$date":{"$numberLong":"-1"}}'],
    [new ObjectId('0123456789abcdef01234567'), '{"$oid":"0123456789abcdef01234567"}'],
    [{ $date: 'a field of its own' }, '{"\\u0024date":"a field of its own"}'],
    [{ _bsontype: 'ObjectId', id: 1 }, '{"_bsontype":"ObjectId","id":1}'],
    [[1, null, undefined], '[1,null,{"$undefined":true}]'],
  ])('writes %s as %s', (value, json) => {
    expect(relaxedJsonOf(value)).toBe(json);
  });

  it('refuses what BSON has not', () => {
    expect(() => relaxedJsonOf(() => 0)).toThrow(TypeError);
    expect(() => relaxedJsonOf(new Map())).toThrow(TypeError);
  });
});

/** An int64 that a number holds comes back as one. */
function withPlainLongs(value: unknown): unknown {
  if (value instanceof Long && !value.unsigned && value.constructor === Long) {
    return Number.isSafeInteger(value.toNumber()) ? value.toNumber() : value;
  }
  if (value instanceof Code) return new Code(value.code, value.scope && (withPlainLongs(value.scope) as object));
  if (value instanceof DBRef) {
    const { collection, oid, db, fields } = value;
    return new DBRef(collection, withPlainLongs(oid) as ObjectId, db, withPlainLongs(fields) as object);
  }
  if (Array.isArray(value)) return value.map(withPlainLongs);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withPlainLongs(each)]));
}
