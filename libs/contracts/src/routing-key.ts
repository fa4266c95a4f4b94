import { createHash } from 'node:crypto';
import { bucketKey, BUCKETS } from './bucket.js';

/** AMQP's short strings, routing and binding keys among them, hold so many bytes. */
export const MAX_KEY_BYTES = 255;
/** `07.` */
export const BUCKET_KEY_BYTES = 3;
/** Stands where the collection of a shortened key would begin. */
export const SHORTENED = '~';

const HASH_DIGITS = 32;
const KNOWN_PATTERNS = 1024;

/** Keys of documents by pattern and bucket, as every event needs one. Bounded: names may come and go. */
const known = new Map<string, (string | undefined)[]>();

/**
 * `<bucket>.<pattern>` for a change of a document, the bare pattern for a control event. In a key over 255 bytes the
 * collection is replaced by `~.<hash>`; the body always has the full name. Two words, so that a binding with wildcards
 * inside a collection's name can ask for the shortened ones: see `bindingKeysOf`.
 */
export function routingKeyOf(bucket: number | undefined, pattern: string): string {
  if (bucket === undefined) return keyOf(bucket, pattern);
  const keys = keysOf(pattern);
  return (keys[bucket] ??= keyOf(bucket, pattern));
}

function keysOf(pattern: string): (string | undefined)[] {
  let keys = known.get(pattern);
  if (keys === undefined) {
    if (known.size >= KNOWN_PATTERNS) known.clear();
    keys = new Array<string | undefined>(BUCKETS);
    known.set(pattern, keys);
  }
  return keys;
}

function keyOf(bucket: number | undefined, pattern: string): string {
  const key = bucket === undefined ? pattern : `${bucketKey(bucket)}.${pattern}`;
  // A character is at most three bytes of UTF-8, so most keys need no counting.
  if (key.length * 3 <= MAX_KEY_BYTES || Buffer.byteLength(key) <= MAX_KEY_BYTES) return key;
  const [operation, db, ...collection] = pattern.split('.');
  if (collection.length === 0) return key;
  const shortened = `${operation}.${db}.${shortenedCollection(collection.join('.'))}`;
  return bucket === undefined ? shortened : `${bucketKey(bucket)}.${shortened}`;
}

/** What stands for a collection's name in a shortened key. */
export function shortenedCollection(collection: string): string {
  const hash = createHash('sha256').update(collection).digest('hex').slice(0, HASH_DIGITS);
  return `${SHORTENED}.${hash}`;
}
