import { ObjectId } from 'bson';
import { malformed } from './codec/bson-bounds.js';
import { BSON_TYPE, MAX_DEPTH } from './codec/bson-type.js';
import { bufferOver } from './codec/bson-text.js';
import { walkElements } from './codec/bson-walker.js';
import { exactNumberAt, isNumberType } from './codec/exact-number.js';
import { idElementOf } from './document-id.js';

/** Of the common ids the text is known without their bytes, which cost ten times as much. */
const ASCII = /^[ -~]*$/;

/**
 * A text that is the same for exactly those `_id`s which MongoDB takes for the same, as `bucketOfValue` does: int32 1,
 * int64 1 and double 1.0; a symbol and the string. Where ids are told apart, as in the lanes that keep a document's
 * events in order, telling two forms of one id apart would let its events overtake each other.
 * @throws TypeError for undefined and functions, which are no ids
 */
export function canonicalKeyOf(idValue: unknown): string {
  if (idValue instanceof ObjectId) return bytesText(BSON_TYPE.objectId, idValue.id, 0, idValue.id.length);
  if (typeof idValue === 'string' && ASCII.test(idValue))
    return `${BSON_TYPE.string}:${idValue.length + 1}:${idValue}\0`;
  if (Number.isSafeInteger(idValue)) return `number ${String(idValue)};`;
  const { bson, id } = idElementOf(idValue);
  return canonicalText(bson, id.type, id.start, id.end);
}

/** Every value says its type and its length, so that no two rows of values read the same. */
function canonicalText(bson: Uint8Array, type: number, start: number, end: number, depth = 1): string {
  switch (type) {
    case BSON_TYPE.string:
    case BSON_TYPE.symbol:
      return bytesText(BSON_TYPE.string, bson, start + 4, end);
    case BSON_TYPE.document:
    case BSON_TYPE.array:
      return fieldsText(bson, type, start, depth);
    default:
      return isNumberType(type) ? `number ${exactNumberAt(bson, type, start)};` : bytesText(type, bson, start, end);
  }
}

function fieldsText(bson: Uint8Array, type: number, start: number, depth: number): string {
  if (depth > MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} levels`, start);
  let text = `${type}(`;
  walkElements(bson, start, (element) => {
    if (type === BSON_TYPE.document) text += `${element.name}\0`; // a name holds no zero byte
    text += canonicalText(bson, element.type, element.start, element.end, depth + 1);
  });
  return `${text})`;
}

/** One character a byte. */
function bytesText(type: number, bson: Uint8Array, start: number, end: number): string {
  return `${type}:${end - start}:${bufferOver(bson, start, end).toString('latin1')}`;
}
