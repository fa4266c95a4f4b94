import { cstringEnd, int32At, malformed, stringEnd } from './bson-bounds.js';
import { bufferOver } from './bson-text.js';
import { BSON_TYPE } from './bson-type.js';
import { decimalTextAt } from './decimal128-parts.js';
import { doubleAt } from './double-bits.js';
import type { JsonSink } from './json-sink.js';

const TRUE = ascii('true');
const FALSE = ascii('false');
const NULL = ascii('null');
const UNDEFINED = ascii('{"$undefined":true}');
const MIN_KEY = ascii('{"$minKey":1}');
const MAX_KEY = ascii('{"$maxKey":1}');
const OBJECT_ID = ascii('{"$oid":"');
const INT32 = ascii('{"$numberInt":"');
const INT64 = ascii('{"$numberLong":"');
const DOUBLE = ascii('{"$numberDouble":"');
const DECIMAL = ascii('{"$numberDecimal":"');
const DATE = ascii('{"$date":{"$numberLong":"');
const TIMESTAMP = ascii('{"$timestamp":{"t":');
const INCREMENT = ascii(',"i":');
const BINARY = ascii('{"$binary":{"base64":"');
const SUBTYPE = ascii('","subType":"');
const REGEX = ascii('{"$regularExpression":{"pattern":');
const REGEX_OPTIONS = ascii(',"options":');
const DB_POINTER = ascii('{"$dbPointer":{"$ref":');
const DB_POINTER_ID = ascii(',"$id":{"$oid":"');
const CODE = ascii('{"$code":');
const SYMBOL = ascii('{"$symbol":');
const CLOSE = ascii('"}');
const CLOSE_TWO = ascii('"}}');
const CLOSE_THREE = ascii('"}}}');
const POINT_ZERO = ascii('.0');
const END = ascii('}');
const END_TWO = ascii('}}');

/** Writes a value that holds no document. Its bounds are checked already: `end` is what `valueEnd` said. */
export function writeScalar(sink: JsonSink, bson: Uint8Array, type: number, start: number, end: number): void {
  switch (type) {
    case BSON_TYPE.int32:
      sink.raw(INT32);
      sink.int32(int32At(bson, start));
      return sink.raw(CLOSE);
    case BSON_TYPE.objectId:
      sink.raw(OBJECT_ID);
      sink.hex(bson, start, end);
      return sink.raw(CLOSE);
    case BSON_TYPE.double:
      sink.raw(DOUBLE);
      writeDouble(sink, doubleAt(bson, start));
      return sink.raw(CLOSE);
    case BSON_TYPE.date:
      sink.raw(DATE);
      writeInt64(sink, bson, start);
      return sink.raw(CLOSE_TWO);
    case BSON_TYPE.int64:
      sink.raw(INT64);
      writeInt64(sink, bson, start);
      return sink.raw(CLOSE);
    case BSON_TYPE.boolean:
      return sink.raw(bson[start] === 1 ? TRUE : FALSE);
    case BSON_TYPE.null:
      return sink.raw(NULL);
    case BSON_TYPE.decimal128:
      sink.raw(DECIMAL);
      sink.ascii(decimalTextAt(bson, start));
      return sink.raw(CLOSE);
    case BSON_TYPE.binary:
      return writeBinary(sink, bson, start, end);
    case BSON_TYPE.timestamp:
      sink.raw(TIMESTAMP);
      sink.natural(int32At(bson, start + 4) >>> 0);
      sink.raw(INCREMENT);
      sink.natural(int32At(bson, start) >>> 0);
      return sink.raw(END_TWO);
    default:
      writeRareScalar(sink, bson, type, start, end);
  }
}

function writeRareScalar(sink: JsonSink, bson: Uint8Array, type: number, start: number, end: number): void {
  switch (type) {
    case BSON_TYPE.regex:
      return writeRegex(sink, bson, start, end);
    case BSON_TYPE.code:
      return writeText(sink, CODE, bson, start, end);
    case BSON_TYPE.symbol:
      return writeText(sink, SYMBOL, bson, start, end);
    case BSON_TYPE.dbPointer:
      return writeDbPointer(sink, bson, start, end);
    case BSON_TYPE.undefined:
      return sink.raw(UNDEFINED);
    case BSON_TYPE.minKey:
      return sink.raw(MIN_KEY);
    case BSON_TYPE.maxKey:
      return sink.raw(MAX_KEY);
    default:
      throw malformed(`unknown type 0x${type.toString(16)}`, start);
  }
}

function writeText(sink: JsonSink, opening: Uint8Array, bson: Uint8Array, start: number, end: number): void {
  sink.raw(opening);
  sink.string(bson, start + 4, end - 1);
  sink.raw(END);
}

function writeBinary(sink: JsonSink, bson: Uint8Array, start: number, end: number): void {
  const subtype = bson[start + 4] ?? 0;
  sink.raw(BINARY);
  // Subtype 2 repeats its length in front of the data; readers put it there again.
  sink.ascii(bufferOver(bson, start + (subtype === 2 ? 9 : 5), end).toString('base64'));
  sink.raw(SUBTYPE);
  sink.hex(bson, start + 4, start + 5);
  sink.raw(CLOSE_TWO);
}

function writeRegex(sink: JsonSink, bson: Uint8Array, start: number, end: number): void {
  const patternEnd = cstringEnd(bson, start, end);
  sink.raw(REGEX);
  sink.string(bson, start, patternEnd);
  sink.raw(REGEX_OPTIONS);
  sink.string(bson, patternEnd + 1, end - 1);
  sink.raw(END_TWO);
}

function writeDbPointer(sink: JsonSink, bson: Uint8Array, start: number, end: number): void {
  const idStart = stringEnd(bson, start, end);
  sink.raw(DB_POINTER);
  sink.string(bson, start + 4, idStart - 1);
  sink.raw(DB_POINTER_ID);
  sink.hex(bson, idStart, end);
  sink.raw(CLOSE_THREE);
}

function writeInt64(sink: JsonSink, bson: Uint8Array, at: number): void {
  const low = int32At(bson, at) >>> 0;
  const high = int32At(bson, at + 4);
  if (high >= 0 && high < 0x200000) sink.natural(high * 0x1_0000_0000 + low);
  else sink.ascii(String((BigInt(high) << 32n) | BigInt(low)));
}

/** As bson writes it: a whole number shows by `.0` that it is a double. */
function writeDouble(sink: JsonSink, value: number): void {
  if (!Number.isInteger(value)) return sink.ascii(String(value));
  if (!Number.isSafeInteger(value)) return sink.ascii(value.toFixed(1));
  if (value < 0 || Object.is(value, -0)) sink.byte(0x2d);
  sink.natural(Math.abs(value));
  sink.raw(POINT_ZERO);
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
