import { BSON, EJSON } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BSON_TYPE } from './bson-type.js';
import { elementsOf, type BsonElement } from './bson-walker.js';
import { extendedJsonBytesOf, extendedJsonOf, writeElement } from './extended-json.writer.js';
import { JsonSink } from './json-sink.js';
import { MalformedBsonError } from './malformed-bson.error.js';
import {
  anyDocuments,
  binary,
  int32,
  int64,
  plainDocuments,
  rawArray,
  rawDocument,
  rawString,
  value,
  type RawValue,
} from './raw-bson.arbitraries.spec.js';

const ID = Buffer.from('0123456789abcdef01234567', 'hex');

function ejsonOf(bson: Uint8Array): string {
  return EJSON.stringify(BSON.deserialize(bson, { promoteValues: false, promoteBuffers: false, bsonRegExp: true }), {
    relaxed: false,
  });
}

function jsonOf(content: RawValue): string {
  return extendedJsonOf(rawDocument([['v', content]]));
}

function jsonOfElement(bson: Uint8Array, element: BsonElement): string {
  const sink = new JsonSink();
  writeElement(sink, bson, element);
  return sink.text();
}

describe('extendedJsonOf', () => {
  it('writes what EJSON.stringify writes, for every type that EJSON keeps', () => {
    fc.assert(
      fc.property(plainDocuments, (bson) => {
        expect(extendedJsonOf(bson)).toBe(ejsonOf(bson));
      }),
      { numRuns: 600 },
    );
  });

  it('writes the same as UTF-8', () => {
    fc.assert(
      fc.property(anyDocuments, (bson) => {
        expect(extendedJsonBytesOf(bson).toString()).toBe(extendedJsonOf(bson));
      }),
    );
  });

  it('writes the document at an offset, and each value alone, as within the whole', () => {
    fc.assert(
      fc.property(plainDocuments, fc.nat({ max: 20 }), (bson, offset) => {
        const shifted = Buffer.concat([Buffer.alloc(offset, 0xff), bson, Buffer.from([1])]);
        const fields = [...elementsOf(shifted, offset).values()].map(
          (element) => `${JSON.stringify(element.name)}:${jsonOfElement(shifted, element)}`,
        );
        expect(extendedJsonOf(shifted, { offset })).toBe(extendedJsonOf(bson));
        expect(`{${fields.join()}}`).toBe(extendedJsonOf(bson));
      }),
    );
  });

  it('escapes each character as JSON does, wherever it stands among others', () => {
    for (let code = 0; code <= 0x17f; code++) {
      for (let place = 0; place < 9; place++) {
        const text = 'a~ 0Z!]#['.slice(0, place) + String.fromCharCode(code) + '^\x7fé[]!#~'.slice(place);
        expect(jsonOf(value(BSON_TYPE.string, rawString(text)))).toBe(`{"v":${JSON.stringify(text)}}`);
      }
    }
  });

  it('writes a string that is longer than its buffer, all of it escaped', () => {
    const bson = rawDocument([['v', value(BSON_TYPE.string, rawString('\u0001'.repeat(300_000)))]]);
    expect(extendedJsonOf(bson)).toBe(ejsonOf(bson));
    expect(jsonOf(value(BSON_TYPE.null))).toBe('{"v":null}');
  });
});

describe('extendedJsonOf, where EJSON.stringify of the decoded document loses something', () => {
  const one = value(BSON_TYPE.int32, int32(1));

  it('keeps the order of fields whose names are numbers', () => {
    expect(
      extendedJsonOf(
        rawDocument([
          ['b', one],
          ['7', one],
        ]),
      ),
    ).toBe('{"b":{"$numberInt":"1"},"7":{"$numberInt":"1"}}');
  });

  it('keeps a name that occurs twice', () => {
    expect(
      extendedJsonOf(
        rawDocument([
          ['a', one],
          ['a', value(BSON_TYPE.null)],
        ]),
      ),
    ).toBe('{"a":{"$numberInt":"1"},"a":null}');
  });

  it('keeps undefined apart from null', () => {
    expect(jsonOf(value(BSON_TYPE.undefined))).toBe('{"v":{"$undefined":true}}');
  });

  it('keeps a DBPointer apart from a DBRef', () => {
    expect(jsonOf(value(BSON_TYPE.dbPointer, Buffer.concat([rawString('shop.orders'), ID])))).toBe(
      '{"v":{"$dbPointer":{"$ref":"shop.orders","$id":{"$oid":"0123456789abcdef01234567"}}}}',
    );
  });

  it('keeps the order of the fields of a DBRef and its name with the dot', () => {
    const reference = rawDocument([
      ['x', one],
      ['$id', one],
      ['$ref', value(BSON_TYPE.string, rawString('shop.orders'))],
    ]);
    expect(extendedJsonOf(reference)).toBe('{"x":{"$numberInt":"1"},"$id":{"$numberInt":"1"},"$ref":"shop.orders"}');
  });

  it('keeps the milliseconds of a date that JavaScript cannot hold', () => {
    expect(jsonOf(value(BSON_TYPE.date, int64(2n ** 63n - 1n)))).toBe(
      '{"v":{"$date":{"$numberLong":"9223372036854775807"}}}',
    );
  });

  it('keeps the options of a regular expression as they are stored', () => {
    expect(jsonOf(value(BSON_TYPE.regex, Buffer.from('a\0xig\0')))).toBe(
      '{"v":{"$regularExpression":{"pattern":"a","options":"xig"}}}',
    );
  });

  it('writes a vector that bson refuses', () => {
    expect(jsonOf(value(BSON_TYPE.binary, binary(9, Buffer.from([0x27, 7, 1]))))).toBe(
      '{"v":{"$binary":{"base64":"JwcB","subType":"09"}}}',
    );
  });

  it('writes a document with a field _bsontype', () => {
    const typed = rawDocument([['_bsontype', value(BSON_TYPE.string, rawString('ObjectId'))]]);
    expect(extendedJsonOf(typed)).toBe('{"_bsontype":"ObjectId"}');
  });

  it('spells the dollar of a stored field that is named like a wrapper as an escape, which is the same name', () => {
    const stored = rawDocument([['$date', value(BSON_TYPE.string, rawString('$createdAt'))]]);
    expect(extendedJsonOf(stored)).toBe('{"\\u0024date":"$createdAt"}');
    expect(JSON.parse(extendedJsonOf(stored))).toEqual({ $date: '$createdAt' });
  });

  it('writes a decimal whose coefficient has more than 34 digits as the zero that it is', () => {
    const bytes = Buffer.concat([Buffer.alloc(14, 0xff), Buffer.from([0x41, 0x30])]);
    expect(jsonOf(value(BSON_TYPE.decimal128, bytes))).toBe('{"v":{"$numberDecimal":"0"}}');
  });
});

describe('extendedJsonOf of bytes that are not BSON', () => {
  it('refuses text that is not UTF-8, in values and names, since replacing it would change it', () => {
    const broken = value(BSON_TYPE.string, Buffer.from([2, 0, 0, 0, 0xff, 0]));
    expect(() => jsonOf(broken)).toThrow(MalformedBsonError);
    const surrogate = value(BSON_TYPE.string, Buffer.from([4, 0, 0, 0, 0xed, 0xa0, 0x80, 0]));
    expect(() => jsonOf(surrogate)).toThrow(MalformedBsonError);
    const name = Buffer.from([8, 0, 0, 0, BSON_TYPE.null, 0xff, 0, 0]);
    expect(() => extendedJsonOf(name)).toThrow(MalformedBsonError);
  });

  it('writes 200 levels and refuses more, whatever they consist of', () => {
    const nested = (levels: number, type: number) => {
      let bson = rawDocument([]);
      for (let level = 1; level < levels; level++) {
        const inner = value(type, bson);
        bson = type === BSON_TYPE.array ? rawArray([inner]) : rawDocument([['a', inner]]);
      }
      return bson;
    };
    for (const type of [BSON_TYPE.document, BSON_TYPE.array]) {
      expect(extendedJsonOf(nested(200, type))).toBe(ejsonOf(nested(200, type)));
      expect(() => extendedJsonOf(nested(201, type))).toThrow(MalformedBsonError);
      expect(() => extendedJsonOf(nested(2000, type))).toThrow(MalformedBsonError);
    }
  });

  it('refuses every truncation', () => {
    fc.assert(
      fc.property(anyDocuments, fc.nat(), (bson, cut) => {
        expect(() => extendedJsonOf(bson.subarray(0, cut % bson.length))).toThrow(MalformedBsonError);
      }),
      { numRuns: 500 },
    );
  });

  it('answers JSON or MalformedBsonError to every corruption, and reads nothing behind the document', () => {
    const corruptions = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyDocuments, corruptions, (bson, changes) => {
        const broken = Buffer.from(bson);
        for (const [at, byte] of changes) broken[at % broken.length] = byte;
        const alone = outcome(() => extendedJsonOf(broken));
        const behind = Buffer.concat([broken, Buffer.alloc(64, 0x41)]);
        if (!alone.startsWith('Malformed')) {
          JSON.parse(alone);
          expect(extendedJsonOf(behind)).toBe(alone);
        }
      }),
      { numRuns: 600 },
    );
  });
});

function outcome(write: () => string): string {
  try {
    return write();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedBsonError);
    return 'Malformed';
  }
}
