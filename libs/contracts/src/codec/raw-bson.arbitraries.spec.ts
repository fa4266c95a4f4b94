import fc from 'fast-check';
import { BSON_TYPE } from './bson-type.js';
import { WRAPPER_NAMES } from './wrapper-names.js';

/**
 * Raw BSON of every type, made from bytes: `BSON.serialize` could not write half of what servers hold (undefined,
 * DBPointer, repeated names, dates beyond JavaScript's).
 */
export interface RawValue {
  readonly type: number;
  readonly bytes: Buffer;
}
export type RawField = readonly [name: string, value: RawValue];

export function rawDocument(fields: readonly RawField[]): Buffer {
  const body = fields.flatMap(([name, { type, bytes }]) => [Buffer.from([type]), Buffer.from(`${name}\0`), bytes]);
  return sized(4, [...body, Buffer.from([0])]);
}

export function rawArray(values: readonly RawValue[]): Buffer {
  return rawDocument(values.map((value, index) => [String(index), value]));
}

export function rawString(text: string): Buffer {
  const bytes = Buffer.from(`${text}\0`);
  return Buffer.concat([int32(bytes.length), bytes]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

export function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

export function decimal(negative: boolean, coefficient: bigint, exponent: number): Buffer {
  const high = (BigInt(exponent + 6176) << 49n) | (coefficient >> 64n) | (negative ? 1n << 63n : 0n);
  return Buffer.concat([int64(BigInt.asIntN(64, coefficient)), int64(BigInt.asIntN(64, high))]);
}

export function binary(subtype: number, data: Uint8Array): Buffer {
  const content = subtype === 2 ? Buffer.concat([int32(data.length), data]) : data;
  return Buffer.concat([int32(content.length), Buffer.from([subtype]), content]);
}

export function codeWithScope(code: string, scope: Buffer): Buffer {
  return sized(4, [rawString(code), scope]);
}

export function value(type: number, bytes: Buffer = Buffer.alloc(0)): RawValue {
  return { type, bytes };
}

/** Texts of all kinds, with all that JSON escapes. */
export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f', '\u2028', '\uFEFF', '\uFFFD', 'é', '😀', 'a'),
  }),
  fc.string({ unit: 'grapheme-ascii', minLength: 20, maxLength: 300 }),
);
const cstring = anyText.map((content) => content.replaceAll('\0', ''));

/** Names that an object keeps in order: JavaScript moves `"7"` before all others. */
const plainName = fc.oneof(
  { weight: 4, arbitrary: cstring.filter((name) => !/^\d/.test(name) && name !== '_bsontype') },
  { weight: 1, arbitrary: fc.constantFrom('', '__proto__', 'constructor', '$set', '$', 'a.b', '$numbers', 'toJSON') },
);
const anyInt64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(
    -(2n ** 63n),
    2n ** 63n - 1n,
    0n,
    -1n,
    2n ** 53n,
    2n ** 53n - 1n,
    -(2n ** 53n),
    10n ** 14n,
    10n ** 15n,
  ),
  fc.integer().map(BigInt),
);
const anyDouble = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(NaN, -0, 0, Infinity, -Infinity, 5e-324, 1e21, 1e20, -1e21, 2 ** 53, 2 ** 69, Number.MAX_VALUE, 0.1),
);
const anyDecimal = fc.oneof(
  fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 34n - 1n }), fc.integer({ min: -6176, max: 6111 }))
    .map((parts) => decimal(...parts)),
  fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.integer({ min: -20, max: 3 }))
    .map((parts) => decimal(...parts)),
  fc.constantFrom(0x78, 0xf8, 0x7c).map((top) => Buffer.from([...Buffer.alloc(15), top])),
);
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((data) => Buffer.from(data));
const anyBinary = fc.oneof(
  fc
    .tuple(
      fc.integer({ min: 0, max: 255 }).filter((subtype) => subtype !== 9),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([subtype, data]) => binary(subtype, data)),
  fc.tuple(fc.constantFrom(2, 3, 4, 5), bytes(16)).map(([subtype, data]) => binary(subtype, data)),
  fc.uint8Array({ maxLength: 9 }).map((data) => binary(9, Buffer.from([0x03, 0, ...data]))),
);
const anyRegex = fc
  .tuple(cstring, fc.subarray(['i', 'l', 'm', 's', 'u', 'x']))
  .map(([pattern, options]) => Buffer.from(`${pattern}\0${options.join('')}\0`));
/** Milliseconds of a date that JavaScript can hold. */
export const anyDateMs = fc.integer({ min: -8.64e15, max: 8.64e15 });

/** Types that bson's own Extended JSON keeps as they are. */
const plainScalar = fc.oneof(
  anyDouble.map((number) => value(BSON_TYPE.double, double(number))),
  anyText.map((content) => value(BSON_TYPE.string, rawString(content))),
  anyBinary.map((content) => value(BSON_TYPE.binary, content)),
  bytes(12).map((id) => value(BSON_TYPE.objectId, id)),
  fc.boolean().map((flag) => value(BSON_TYPE.boolean, Buffer.from([flag ? 1 : 0]))),
  anyDateMs.map((ms) => value(BSON_TYPE.date, int64(BigInt(ms)))),
  fc.constant(value(BSON_TYPE.null)),
  anyRegex.map((regex) => value(BSON_TYPE.regex, regex)),
  anyText.map((code) => value(BSON_TYPE.code, rawString(code))),
  anyText.map((symbol) => value(BSON_TYPE.symbol, rawString(symbol))),
  fc.integer().map((number) => value(BSON_TYPE.int32, int32(number))),
  bytes(8).map((timestamp) => value(BSON_TYPE.timestamp, timestamp)),
  fc.constant(value(BSON_TYPE.timestamp, Buffer.alloc(8, 0xff))),
  anyInt64.map((number) => value(BSON_TYPE.int64, int64(number))),
  anyDecimal.map((number) => value(BSON_TYPE.decimal128, number)),
  fc.constantFrom(value(BSON_TYPE.minKey), value(BSON_TYPE.maxKey)),
);

/** Types and shapes that bson's objects or Extended JSON change. */
const oddScalar = fc.oneof(
  fc.constant(value(BSON_TYPE.undefined)),
  fc
    .tuple(anyText, bytes(12))
    .map(([namespace, id]) => value(BSON_TYPE.dbPointer, Buffer.concat([rawString(namespace), id]))),
);
/** Fields of stored documents that look like Extended JSON's own, and documents that look like DBRefs. */
const dollarName = fc.constantFrom(...WRAPPER_NAMES, '$ref', '$id', '$db', '$regex', '$options');

function documents(scalar: fc.Arbitrary<RawValue>, name: fc.Arbitrary<string>, unique: boolean): fc.Arbitrary<Buffer> {
  const { document } = fc.letrec<{ document: Buffer; value: RawValue }>((tie) => ({
    document: (unique
      ? fc.uniqueArray(fc.tuple(name, tie('value')), { selector: ([field]) => field, maxLength: 6 })
      : fc.array(fc.tuple(name, tie('value')), { maxLength: 6 })
    ).map(rawDocument),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: scalar },
      { weight: 1, arbitrary: tie('document').map((content) => value(BSON_TYPE.document, content)) },
      {
        weight: 1,
        arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((v) => value(BSON_TYPE.array, rawArray(v))),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(anyText, tie('document'))
          .map(([code, scope]) => value(BSON_TYPE.codeWithScope, codeWithScope(code, scope))),
      },
    ),
  }));
  return document;
}

/** Documents that bson's Extended JSON writes without a loss. */
export const plainDocuments = documents(plainScalar, plainName, true);
/** Documents that JavaScript's objects hold without a loss, stored dollar names and DBRefs among them. */
export const orderedDocuments = documents(plainScalar, fc.oneof(plainName, dollarName), true);
/** Any document that a server may hold: repeated and numeric names, types of old. */
export const anyDocuments = documents(
  fc.oneof({ weight: 3, arbitrary: plainScalar }, { weight: 1, arbitrary: oddScalar }),
  fc.oneof(plainName, dollarName, fc.constantFrom('7', '10', 'a', '_bsontype')),
  false,
);

function sized(own: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([int32(content.length + own), content]);
}
