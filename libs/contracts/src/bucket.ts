import { BSON } from 'bson';
import { elementsOf, type BsonElement } from './codec/bson-walker.js';

/** Fixed number of shares that documents are divided into; a group's partitions each take some of them. */
export const BUCKETS = 64;

/** The bucket as it stands in a routing key: `07`. */
export function bucketKey(bucket: number): string {
  return String(bucket).padStart(2, '0');
}

/** Bucket of the document of `namespace` whose `_id` is the element `id` of `bson`. */
export function bucketOfRaw(namespace: string, bson: Uint8Array, id: BsonElement): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(namespace)) hash = Math.imul(hash ^ byte, 0x01000193);
  for (let at = id.start; at < id.end; at++) hash = Math.imul(hash ^ (bson[at] ?? 0), 0x01000193);
  return hash >>> 26;
}

/** The same for an `_id` in BSON's JavaScript types. */
export function bucketOfValue(namespace: string, idValue: unknown): number {
  const bson = BSON.serialize({ _id: idValue });
  const id = elementsOf(bson).get('_id');
  if (id === undefined) throw new TypeError('undefined is not a document key');
  return bucketOfRaw(namespace, bson, id);
}
