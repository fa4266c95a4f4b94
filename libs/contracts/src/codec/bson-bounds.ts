import { BSON_TYPE } from './bson-type.js';
import { MalformedBsonError } from './malformed-bson.error.js';

/**
 * Where values end. Everything that walks raw BSON asks here, so that no length written in a document is believed
 * before it is compared with the bytes there are: an over-read would put a neighbour's data into an event.
 */

/** End of the document at `offset`, which must lie before `limit` and close with its zero byte. */
export function documentEnd(bson: Uint8Array, offset: number, limit: number): number {
  const length = lengthAt(bson, offset, limit, 5);
  const end = offset + length;
  if (end > limit || bson[end - 1] !== 0) throw malformed('a document does not end where its length says', offset);
  return end;
}

/** Position of the zero byte that closes the C string at `start`. */
export function cstringEnd(bson: Uint8Array, start: number, limit: number): number {
  let at = start;
  while (at < limit && bson[at] !== 0) at++;
  if (at >= limit) throw malformed('a name is not closed', start);
  return at;
}

/** End of the value of `type` at `start`. Embedded documents are checked for their bounds, not for what is inside. */
export function valueEnd(bson: Uint8Array, type: number, start: number, limit: number): number {
  switch (type) {
    case BSON_TYPE.undefined:
    case BSON_TYPE.null:
    case BSON_TYPE.minKey:
    case BSON_TYPE.maxKey:
      return start;
    case BSON_TYPE.boolean:
      return booleanEnd(bson, start, limit);
    case BSON_TYPE.int32:
      return within(start + 4, limit, start);
    case BSON_TYPE.double:
    case BSON_TYPE.date:
    case BSON_TYPE.timestamp:
    case BSON_TYPE.int64:
      return within(start + 8, limit, start);
    case BSON_TYPE.objectId:
      return within(start + 12, limit, start);
    case BSON_TYPE.decimal128:
      return within(start + 16, limit, start);
    case BSON_TYPE.string:
    case BSON_TYPE.code:
    case BSON_TYPE.symbol:
      return stringEnd(bson, start, limit);
    case BSON_TYPE.document:
    case BSON_TYPE.array:
      return documentEnd(bson, start, limit);
    case BSON_TYPE.binary:
      return binaryEnd(bson, start, limit);
    case BSON_TYPE.regex:
      return cstringEnd(bson, cstringEnd(bson, start, limit) + 1, limit) + 1;
    case BSON_TYPE.dbPointer:
      return within(stringEnd(bson, start, limit) + 12, limit, start);
    case BSON_TYPE.codeWithScope:
      return codeWithScopeEnd(bson, start, limit);
    default:
      throw malformed(`unknown type 0x${type.toString(16)}`, start);
  }
}

/** End of a length-prefixed string, its closing zero byte included. */
export function stringEnd(bson: Uint8Array, start: number, limit: number): number {
  const end = start + 4 + lengthAt(bson, start, limit, 1);
  if (end > limit || bson[end - 1] !== 0) throw malformed('a string does not end where its length says', start);
  return end;
}

/** Little-endian int32; the caller has checked that its four bytes are there. */
export function int32At(bson: Uint8Array, at: number): number {
  return byte(bson, at) | (byte(bson, at + 1) << 8) | (byte(bson, at + 2) << 16) | (byte(bson, at + 3) << 24) | 0;
}

export function malformed(what: string, at: number): MalformedBsonError {
  return new MalformedBsonError(`Malformed BSON: ${what} (byte ${at})`);
}

function byte(bson: Uint8Array, at: number): number {
  return bson[at] ?? 0;
}

function lengthAt(bson: Uint8Array, at: number, limit: number, least: number): number {
  if (at < 0 || at + 4 > limit) throw malformed('it ends inside a length', at);
  const length = int32At(bson, at);
  if (length < least) throw malformed(`a length of ${length}`, at);
  return length;
}

function within(end: number, limit: number, start: number): number {
  if (end > limit) throw malformed('it ends inside a value', start);
  return end;
}

function booleanEnd(bson: Uint8Array, start: number, limit: number): number {
  within(start + 1, limit, start);
  if (byte(bson, start) > 1) throw malformed('a boolean that is neither true nor false', start);
  return start + 1;
}

function binaryEnd(bson: Uint8Array, start: number, limit: number): number {
  const length = lengthAt(bson, start, limit, 0);
  const end = within(start + 5 + length, limit, start);
  // The old subtype 2 has a second length inside, which must agree with the first.
  if (bson[start + 4] === 2 && (length < 4 || int32At(bson, start + 5) !== length - 4)) {
    throw malformed('the two lengths of a binary of subtype 2 disagree', start);
  }
  return end;
}

function codeWithScopeEnd(bson: Uint8Array, start: number, limit: number): number {
  const end = within(start + lengthAt(bson, start, limit, 14), limit, start);
  if (documentEnd(bson, stringEnd(bson, start + 4, end), end) !== end) {
    throw malformed('code and scope do not fill their length', start);
  }
  return end;
}
