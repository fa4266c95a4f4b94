import assert from 'node:assert/strict';
import { BSON, Long, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BSON_TYPE } from './bson-type.js';
import { documentOf, documentSlice, int64Of, stringOf, timestampOf, valueOf } from './bson-value.js';
import { documentsIn, elementsOf, walkElements, type BsonElement } from './bson-walker.js';
import { MalformedBsonError } from './malformed-bson.error.js';
import { anyDocuments, int32, rawDocument, value } from './raw-bson.arbitraries.spec.js';

function elementOf(bson: Uint8Array, name: string): BsonElement {
  const element = elementsOf(bson).get(name);
  assert(element !== undefined, `no element ${name}`);
  return element;
}

describe('walkElements', () => {
  it('finds the fields, from which the same document can be decoded', () => {
    fc.assert(
      fc.property(anyDocuments, fc.nat({ max: 9 }), (bson, offset) => {
        const shifted = Buffer.concat([Buffer.alloc(offset), bson]);
        const decoded: Record<string, unknown> = {};
        const end = walkElements(shifted, offset, (element) => {
          const field = { value: valueOf(shifted, element), writable: true, enumerable: true, configurable: true };
          Object.defineProperty(decoded, element.name, field);
        });
        expect(end).toBe(shifted.length);
        // The driver makes DBRefs of whole documents.
        const whole = documentOf(bson);
        fc.pre(Object.getPrototypeOf(whole) === Object.prototype);
        assert.deepStrictEqual(decoded, whole);
      }),
      { numRuns: 500 },
    );
  });

  it('gives elements or MalformedBsonError for every truncation and corruption, and nothing behind the buffer', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });
    fc.assert(
      fc.property(anyDocuments, changes, fc.nat(), (bson, edits, cut) => {
        const broken = Buffer.from(bson.subarray(0, cut % 3 === 0 ? cut % bson.length : bson.length));
        for (const [at, byte] of edits) if (broken.length > 0) broken[at % broken.length] = byte;
        try {
          for (const element of elementsOf(broken).values()) {
            expect(element.end).toBeLessThan(broken.length);
            valueOf(broken, element);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedBsonError);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('knows a name beyond ASCII from one whose characters have the codes of its bytes', () => {
    const named = (name: string) => rawDocument([[name, value(BSON_TYPE.int32, int32(1))]]);
    for (const name of ['é', 'Ã©', 'é', 'e', 'é']) expect([...elementsOf(named(name)).keys()]).toEqual([name]);
  });

  it('counts the last of two fields with one name', () => {
    const twice = rawDocument([
      ['a', value(BSON_TYPE.int32, int32(1))],
      ['a', value(BSON_TYPE.int32, int32(2))],
    ]);
    expect(valueOf(twice, elementOf(twice, 'a'))).toBe(2);
  });

  it('refuses an offset outside of the buffer', () => {
    const bson = rawDocument([]);
    expect(() => elementsOf(bson, 3)).toThrow(MalformedBsonError);
    expect(() => elementsOf(bson, -1)).toThrow(MalformedBsonError);
    expect(() => elementsOf(bson, 1e9)).toThrow(MalformedBsonError);
  });
});

describe('reading one element', () => {
  const id = new ObjectId();
  const event = BSON.serialize({
    ns: { db: 'shop' },
    at: new Timestamp({ t: 4294967295, i: 1 }),
    count: Long.MIN_VALUE,
    id,
  });

  it('gives embedded documents as views', () => {
    const ns = documentSlice(event, elementOf(event, 'ns'));
    expect(ns.buffer).toBe(event.buffer);
    expect(stringOf(ns, elementOf(ns, 'db'))).toBe('shop');
  });

  it('gives timestamps and int64 without a loss', () => {
    expect(timestampOf(event, elementOf(event, 'at'))).toEqual(new Timestamp({ t: 4294967295, i: 1 }));
    expect(int64Of(event, elementOf(event, 'count'))).toEqual(Long.MIN_VALUE);
    expect(valueOf(event, elementOf(event, 'id'))).toEqual(id);
  });

  it('refuses another type than was asked for', () => {
    for (const read of [stringOf, timestampOf, int64Of, documentSlice]) {
      expect(() => read(event, elementOf(event, 'id'))).toThrow(MalformedBsonError);
    }
  });

  it('refuses to decode bytes that are no document', () => {
    expect(() => documentOf(Buffer.from([1, 2, 3]))).toThrow(MalformedBsonError);
  });
});

describe('documentsIn', () => {
  const listed = (documents: readonly Uint8Array[]) =>
    rawDocument([
      [
        'list',
        value(
          BSON_TYPE.array,
          rawDocument(documents.map((each, i) => [String(i), value(BSON_TYPE.document, Buffer.from(each))])),
        ),
      ],
    ]);

  it('gives the documents of an array as they are, in their order', () => {
    fc.assert(
      fc.property(fc.array(anyDocuments, { maxLength: 12 }), (documents) => {
        const bson = listed(documents);
        expect(
          [...documentsIn(bson, elementOf(bson, 'list'))].map((each) => Buffer.from(each).toString('hex')),
        ).toEqual(documents.map((each) => Buffer.from(each).toString('hex')));
      }),
    );
  });

  it('gives documents or MalformedBsonError for every corruption, and nothing behind the array', () => {
    fc.assert(
      fc.property(
        fc.array(anyDocuments, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat({ max: 255 }),
        (documents, at, byte) => {
          const bson = Buffer.from(listed(documents));
          const list = elementOf(bson, 'list');
          bson[list.start + (at % (list.end - list.start))] = byte;
          try {
            for (const each of documentsIn(bson, list))
              expect(each.byteOffset - bson.byteOffset + each.length).toBeLessThan(list.end);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedBsonError);
          }
        },
      ),
    );
  });

  it('refuses what is no array of documents', () => {
    const bson = rawDocument([
      ['text', value(BSON_TYPE.int32, int32(1))],
      ['list', value(BSON_TYPE.array, rawDocument([['0', value(BSON_TYPE.int32, int32(1))]]))],
    ]);
    for (const name of ['text', 'list'])
      expect(() => [...documentsIn(bson, elementOf(bson, name))]).toThrow(MalformedBsonError);
  });
});
