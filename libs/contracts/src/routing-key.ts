import { createHash } from 'node:crypto';
import { bucketKey } from './bucket.js';

/** AMQP's short strings, routing and binding keys among them, hold so many bytes. */
export const MAX_KEY_BYTES = 255;
/** `07.` */
export const BUCKET_KEY_BYTES = 3;
/** Stands where the collection of a shortened key would begin. */
export const SHORTENED = '~';

const HASH_DIGITS = 32;

/**
 * `<bucket>.<pattern>` for a change of a document, the bare pattern for a control event. In a key over 255 bytes the
 * collection is replaced by `~.<hash>`; the body always has the full name. Two words, so that a binding with wildcards
 * inside a collection's name can ask for the shortened ones: see `bindingKeysOf`.
 */
export function routingKeyOf(bucket: number | undefined, pattern: string): string {
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
