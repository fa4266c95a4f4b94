import { valueEnd } from './codec/bson-bounds.js';
import type { BsonElement } from './codec/bson-walker.js';
import { hashValue } from './codec/document-key.hash.js';
import { HASH_START, hashByte, hashBytes, mixed } from './codec/hash32.js';
import { idElementOf } from './document-id.js';

/**
 * Fixed number of shares that the documents are divided into; a group's partitions each take some of them. Neither
 * this number nor the hash below may change while a system runs: events of one document would lie in two queues, and
 * the newer could be handled before the older. The test's vectors hold them in place.
 */
export const BUCKETS = 64;

const BUCKET_BITS = 6;
const KNOWN_NAMESPACES = 1024;

/** Where the hash of a namespace's documents begins. Bounded: names may come and go. */
const starts = new Map<string, number>();

/** The bucket as it stands in a routing key: `07`. */
export function bucketKey(bucket: number): string {
  return bucket < 10 ? `0${bucket}` : String(bucket);
}

/**
 * Bucket of the document of `namespace` (`shop.orders`) whose `_id` is the element `id` of `bson`. Ids that are the
 * same to MongoDB, such as int32 1 and double 1.0, have the same bucket. Only `_id` counts: sharding a collection
 * changes the rest of a document key.
 * @throws MalformedBsonError
 */
export function bucketOfRaw(namespace: string, bson: Uint8Array, id: BsonElement): number {
  return bucketOfHash(documentHashOf(namespace, bson, id));
}

/**
 * A number that stands for the document, 32 bits: the same for ids that are the same to MongoDB; two documents may
 * share one.
 * @throws MalformedBsonError
 */
export function documentHashOf(namespace: string, bson: Uint8Array, id: BsonElement): number {
  const end = valueEnd(bson, id.type, id.start, Math.min(id.end, bson.length));
  return mixed(hashValue(startOf(namespace), bson, id.type, id.start, end));
}

/** Bucket of the document with this hash. */
export function bucketOfHash(documentHash: number): number {
  return documentHash >>> (32 - BUCKET_BITS);
}

/** The same for an `_id` in BSON's JavaScript types. @throws TypeError for undefined and functions, which are no ids */
export function bucketOfValue(namespace: string, idValue: unknown): number {
  const { bson, id } = idElementOf(idValue);
  return bucketOfRaw(namespace, bson, id);
}

function startOf(namespace: string): number {
  let start = starts.get(namespace);
  if (start === undefined) {
    if (starts.size >= KNOWN_NAMESPACES) starts.clear();
    start = hashByte(hashBytes(HASH_START, Buffer.from(namespace)), 0);
    starts.set(namespace, start);
  }
  return start;
}
