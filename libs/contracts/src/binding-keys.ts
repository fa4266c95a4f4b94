import { bucketKey } from './bucket.js';
import { CONTROL_OPERATIONS, DOCUMENT_OPERATIONS, isControlOperation } from './operation.js';
import type { Pattern } from './pattern.js';
import { BUCKET_KEY_BYTES, MAX_KEY_BYTES, SHORTENED, shortenedCollection } from './routing-key.js';

/** Longest name of a database: https://www.mongodb.com/docs/manual/reference/limits/#std-label-restrictions-on-db-names */
const MAX_DB_BYTES = 64;
const BUCKETED_OPERATIONS = [...DOCUMENT_OPERATIONS, 'read'] as const;

type Words = readonly string[];

/**
 * The AMQP binding keys that bring the events of a group's pattern to a queue with these buckets:
 * `insert.shop.orders` is bound as `07.insert.shop.orders` for bucket 7. Control events (`drop.shop.orders`) carry no
 * bucket, so a pattern of theirs is bound as it is; one that matches both (`*.shop.#`) is bound for both. Without the
 * latter a drop would come back unroutable though the group asks for it, and hold its stream.
 *
 * Keys match what the pattern matches, except that a pattern with wildcards inside a collection's name (`insert.shop.eu.#`)
 * also gets the database's over-long collections, whose keys no longer show their names: consumers match the body's
 * pattern again.
 */
export function bindingKeysOf(pattern: Pattern, buckets: readonly number[]): string[] {
  const words = pattern.split('.');
  const ofDocuments = documentKeysOf(words);
  const bucketed = buckets.flatMap((bucket) => ofDocuments.map((key) => `${bucketKey(bucket)}.${key}`));
  // Longer ones are left only where a word stands for a database that is longer than databases can be.
  return [...new Set([...bucketed, ...controlKeysOf(words)])].filter((key) => Buffer.byteLength(key) <= MAX_KEY_BYTES);
}

function documentKeysOf(words: Words): string[] {
  const [operation = ''] = words;
  if (isControlOperation(operation)) return [];
  const operations = isWildcard(operation) ? BUCKETED_OPERATIONS : [operation];
  return withShortened(words, operations, BUCKET_KEY_BYTES);
}

/** The part of a pattern that control events can match, one key for each operation that it leaves open. */
function controlKeysOf(words: Words): string[] {
  const [first, ...rest] = words;
  if (first === undefined) return [];
  if (isControlOperation(first)) return withShortened(words, [first], 0);
  if (first === '*')
    return CONTROL_OPERATIONS.flatMap((operation) => withShortened([operation, ...rest], [operation], 0));
  if (first !== '#') return [];
  const some = CONTROL_OPERATIONS.flatMap((operation) => withShortened([operation, '#', ...rest], [operation], 0));
  return [...some, ...controlKeysOf(rest)];
}

/** The pattern itself and, where events that it matches may have a shortened key, the key for those. */
function withShortened(words: Words, operations: readonly string[], prefixBytes: number): string[] {
  const pattern = words.join('.');
  const [operation = '', db = '', ...rest] = words;
  if (endsOpen(words)) return [pattern];
  if (operation === '#' || db === '#' || rest.some(isWildcard)) return insideNames(words, prefixBytes);
  const collection = rest.join('.');
  if (collection === '') return [pattern];
  const [least, most] = keyLengths(operations, db, collection, prefixBytes);
  const keys = least <= MAX_KEY_BYTES ? [pattern] : [];
  return most > MAX_KEY_BYTES ? [...keys, `${operation}.${db}.${shortenedCollection(collection)}`] : keys;
}

/** A pattern with wildcards inside a collection's name: itself, and all shortened keys of the databases that it can mean. */
function insideNames(words: Words, prefixBytes: number): string[] {
  const pattern = words.join('.');
  const place = [0, 1].map((index) => (words.slice(0, index + 1).includes('#') ? '*' : (words[index] ?? '*')));
  const shortened = [...place, SHORTENED, '*'].join('.');
  if (prefixBytes + Buffer.byteLength(pattern) <= MAX_KEY_BYTES) return [pattern, shortened];
  // Too long to be bound. A `#` that stands for no word makes the keys shorter than the pattern, so that they may fit.
  return words.includes('#') ? [[...place, '#'].join('.')] : [shortened];
}

/** `insert.shop.#`, `*.#`, `#`: matches shortened keys as they are. */
function endsOpen(words: Words): boolean {
  return words.length <= 3 && words.indexOf('#') === words.length - 1;
}

/** Fewest and most bytes of the keys of events that a pattern with this literal collection matches. */
function keyLengths(
  operations: readonly string[],
  db: string,
  collection: string,
  prefixBytes: number,
): [number, number] {
  const lengths = operations.map((operation) => operation.length);
  const [shortestDb, longestDb] = isWildcard(db) ? [1, MAX_DB_BYTES] : [Buffer.byteLength(db), Buffer.byteLength(db)];
  const others = prefixBytes + 2 + Buffer.byteLength(collection);
  return [others + Math.min(...lengths) + shortestDb, others + Math.max(...lengths) + longestDb];
}

function isWildcard(word: string): boolean {
  return word === '*' || word === '#';
}
