import { BSON_TYPE } from './bson-type.js';
import { cstringEnd, documentEnd, malformed, valueEnd } from './bson-bounds.js';
import { nameAt } from './byte-names.js';

/** One field of a raw document: its value is the bytes `[start, end)` of the buffer that was walked. */
export interface BsonElement {
  readonly name: string;
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Calls `visit` for each top level field of the document at `offset`, in its order, and answers where the document
 * ends. Nothing is decoded but the names, which is what keeps forwarding a change cheap.
 * @throws MalformedBsonError where the bytes are not a document.
 */
export function walkElements(bson: Uint8Array, offset: number, visit: (element: BsonElement) => void): number {
  const end = documentEnd(bson, offset, bson.length);
  const last = end - 1;
  let at = offset + 4;
  while (at < last) {
    const type = bson[at] ?? 0;
    const nameEnd = cstringEnd(bson, at + 1, last);
    const start = nameEnd + 1;
    const next = valueEnd(bson, type, start, last);
    visit({ name: nameAt(bson, at + 1, nameEnd), type, start, end: next });
    at = next;
  }
  if (at !== last) throw malformed('its last field reaches past its end', at);
  return end;
}

/**
 * The documents in an array, each looked for when it is asked for: a reply of the server has a thousand, and what is
 * made of them all at once is garbage that has grown old.
 * @throws MalformedBsonError where the bytes are not an array of documents.
 */
export function* documentsIn(bson: Uint8Array, array: BsonElement): Generator<Uint8Array> {
  if (array.type !== BSON_TYPE.array) throw malformed(`"${array.name}" is no array`, array.start);
  const last = documentEnd(bson, array.start, array.end) - 1;
  for (let at = array.start + 4; at < last;) {
    if (bson[at] !== BSON_TYPE.document) throw malformed(`"${array.name}" holds what is no document`, at);
    const start = cstringEnd(bson, at + 1, last) + 1;
    at = documentEnd(bson, start, last);
    yield bson.subarray(start, at);
  }
}

/** The top level fields of the document at `offset`, by name. Of a name that occurs twice the last counts, as in the driver. */
export function elementsOf(bson: Uint8Array, offset = 0): Map<string, BsonElement> {
  const elements = new Map<string, BsonElement>();
  walkElements(bson, offset, (element) => elements.set(element.name, element));
  return elements;
}
