import { malformed } from './bson-bounds.js';
import { BSON_TYPE, MAX_DEPTH } from './bson-type.js';
import { walkElements } from './bson-walker.js';
import { exactNumberAt, isNumberType } from './exact-number.js';
import { hashByte, hashBytes, hashInt32 } from './hash32.js';

/** Tags in place of types where several types hold equal values. */
const NUMBER = 0xf0;
const INT64 = 0xf1;
const END = 0xf2;

/**
 * Goes on from `hash` with a value, so that values which MongoDB takes for the same `_id` hash the same
 * (https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/): numbers by their exact value, a symbol
 * as the string, and both also inside of embedded documents. A field's position and name count, as they do there.
 * Changing anything here moves documents to other buckets; see `BUCKETS`.
 */
export function hashValue(hash: number, bson: Uint8Array, type: number, start: number, end: number, depth = 1): number {
  switch (type) {
    case BSON_TYPE.objectId:
      return hashBytes(hashByte(hash, type), bson, start, end);
    case BSON_TYPE.string:
    case BSON_TYPE.symbol:
      return hashBytes(hashByte(hash, BSON_TYPE.string), bson, start + 4, end);
    case BSON_TYPE.document:
    case BSON_TYPE.array:
      return hashFields(hash, bson, type, start, depth);
    default:
      if (isNumberType(type)) return hashNumber(hash, bson, type, start);
      return hashBytes(hashByte(hash, type), bson, start, end);
  }
}

function hashFields(hash: number, bson: Uint8Array, type: number, start: number, depth: number): number {
  if (depth > MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} levels`, start);
  let next = hashByte(hash, type);
  walkElements(bson, start, (element) => {
    if (type === BSON_TYPE.document) next = hashByte(hashBytes(next, Buffer.from(element.name)), 0);
    next = hashValue(next, bson, element.type, element.start, element.end, depth + 1);
  });
  return hashByte(next, END);
}

function hashNumber(hash: number, bson: Uint8Array, type: number, start: number): number {
  const value = exactNumberAt(bson, type, start);
  if (typeof value === 'string') return hashByte(hashBytes(hashByte(hash, NUMBER), Buffer.from(value)), 0);
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return hashInt32(hashInt32(hashByte(hash, INT64), low), high);
}
