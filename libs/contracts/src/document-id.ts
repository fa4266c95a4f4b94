import { BSON } from 'bson';
import { elementsOf, type BsonElement } from './codec/bson-walker.js';

/** An `_id` in BSON's JavaScript types as bytes. @throws TypeError for undefined and functions, which are no ids */
export function idElementOf(idValue: unknown): { bson: Uint8Array; id: BsonElement } {
  const bson = BSON.serialize({ _id: idValue });
  const id = elementsOf(bson).get('_id');
  if (id === undefined) throw new TypeError(`${typeof idValue} is not a document key`);
  return { bson, id };
}
