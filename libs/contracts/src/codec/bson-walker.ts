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

/** The top level fields of the document at `offset`, by name. Of a name that occurs twice the last counts, as in the driver. */
export function elementsOf(bson: Uint8Array, offset = 0): Map<string, BsonElement> {
  const elements = new Map<string, BsonElement>();
  walkElements(bson, offset, (element) => elements.set(element.name, element));
  return elements;
}
