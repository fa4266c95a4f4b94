import { BSON, Long, ObjectId, Timestamp } from 'bson';
import { BSON_TYPE } from './bson-type.js';
import { nameAt } from './byte-names.js';
import { int32At, malformed, stringEnd } from './bson-bounds.js';
import { utf8At } from './bson-text.js';
import type { BsonElement } from './bson-walker.js';
import { MalformedBsonError } from './malformed-bson.error.js';
import { thrownMessage } from '../thrown.js';

/**
 * How documents are given to handlers, whatever format the event travelled in: int64 stays a Long (a number would
 * round it), a regular expression stays BSON's own (JavaScript's has other flags), int32 and double are numbers.
 */
export const BSON_READ_OPTIONS = { promoteLongs: false, bsonRegExp: true } as const;

/** Decodes a whole raw document with `BSON_READ_OPTIONS`. @throws MalformedBsonError */
export function documentOf(bson: Uint8Array): Record<string, unknown> {
  try {
    return BSON.deserialize(bson, BSON_READ_OPTIONS);
  } catch (cause) {
    throw new MalformedBsonError(`Malformed BSON: ${thrownMessage(cause)}`, { cause });
  }
}

/** Decodes the value of one element. @throws MalformedBsonError */
export function valueOf(bson: Uint8Array, element: BsonElement): unknown {
  switch (element.type) {
    case BSON_TYPE.string:
      return stringOf(bson, element);
    case BSON_TYPE.int32:
      return int32At(bson, element.start);
    case BSON_TYPE.boolean:
      return bson[element.start] === 1;
    case BSON_TYPE.null:
      return null;
    case BSON_TYPE.objectId:
      return new ObjectId(bson.subarray(element.start, element.end));
    case BSON_TYPE.int64:
      return int64Of(bson, element);
    case BSON_TYPE.timestamp:
      return timestampOf(bson, element);
    default:
      return documentOf(documentOfOne(bson, element))[''];
  }
}

/** An embedded document or array as it stands: a view, no copy. */
export function documentSlice(bson: Uint8Array, element: BsonElement): Uint8Array {
  if (element.type !== BSON_TYPE.document && element.type !== BSON_TYPE.array) {
    throw malformed(`"${element.name}" is not a document`, element.start);
  }
  return bson.subarray(element.start, element.end);
}

/** The text of a string element. @throws MalformedBsonError for any other type. */
export function stringOf(bson: Uint8Array, element: BsonElement): string {
  expectType(element, BSON_TYPE.string, 'a string');
  return utf8At(bson, element.start + 4, stringEnd(bson, element.start, element.end) - 1);
}

/** As `stringOf`, for texts of which there are few: what was decoded lately is not decoded again. */
export function wordOf(bson: Uint8Array, element: BsonElement): string {
  expectType(element, BSON_TYPE.string, 'a string');
  return nameAt(bson, element.start + 4, stringEnd(bson, element.start, element.end) - 1);
}

/** @throws MalformedBsonError for any type but timestamp. */
export function timestampOf(bson: Uint8Array, element: BsonElement): Timestamp {
  expectType(element, BSON_TYPE.timestamp, 'a timestamp');
  return new Timestamp({ t: int32At(bson, element.start + 4) >>> 0, i: int32At(bson, element.start) >>> 0 });
}

/** @throws MalformedBsonError for any type but int64. */
export function int64Of(bson: Uint8Array, element: BsonElement): Long {
  expectType(element, BSON_TYPE.int64, 'an int64');
  return new Long(int32At(bson, element.start), int32At(bson, element.start + 4));
}

function expectType(element: BsonElement, type: number, what: string): void {
  if (element.type !== type) throw malformed(`"${element.name}" is not ${what}`, element.start);
}

/** `{"": value}`: the smallest document that holds the value of an element. */
function documentOfOne(bson: Uint8Array, { type, start, end }: BsonElement): Uint8Array {
  const length = end - start + 7;
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeInt32LE(length, 0);
  bytes[4] = type;
  bytes[5] = 0;
  bytes.set(bson.subarray(start, end), 6);
  bytes[length - 1] = 0;
  return bytes;
}
