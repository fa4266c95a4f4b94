import { BSON, EJSON } from 'bson';
import type { BsonElement } from './bson-walker.js';
import { documentEnd } from './bson-bounds.js';
import { elementsOf } from './bson-walker.js';

/** Canonical Extended JSON v2 of a raw document. @throws MalformedBsonError */
export function extendedJsonOf(bson: Uint8Array, options: { offset?: number } = {}): string {
  const offset = options.offset ?? 0;
  const slice = bson.subarray(offset, documentEnd(bson, offset, bson.length));
  elementsOf(slice);
  return EJSON.stringify(BSON.deserialize(slice, { promoteValues: false, bsonRegExp: true }), { relaxed: false });
}

/** Canonical Extended JSON v2 of one value. @throws MalformedBsonError */
export function extendedJsonOfElement(bson: Uint8Array, { type, start, end }: BsonElement): string {
  const length = end - start + 7;
  const bytes = Buffer.alloc(length);
  bytes.writeInt32LE(length, 0);
  bytes[4] = type;
  bytes.set(bson.subarray(start, end), 6);
  return extendedJsonOf(bytes).slice('{"":'.length, -1);
}
