import { canonicalKeyOf, isFields } from '@sluice/contracts';

/** A missing field equals null, as in a MongoDB query. */
const NULL_KEY = canonicalKeyOf(null);
const INDEX = /^\d+$/;

/** A field of its own: never what an object inherits. */
export function ownField(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/**
 * Canonical keys of everything that an equality on `path` would compare with: MongoDB goes into documents and into the
 * documents of arrays, takes a number for an array's index too, and compares an array both as a whole and by element.
 * https://www.mongodb.com/docs/manual/tutorial/query-array-of-documents/
 */
export function keysAt(document: unknown, path: readonly string[]): readonly string[] {
  const keys: string[] = [];
  collect(document, path, 0, keys);
  return keys;
}

function collect(value: unknown, path: readonly string[], at: number, keys: string[]): void {
  const name = path[at];
  if (name === undefined) return collectLeaf(value, keys);
  if (Array.isArray(value)) return collectElements(value, path, at, keys);
  if (!isFields(value)) return void keys.push(NULL_KEY);
  collect(ownField(value, name), path, at + 1, keys);
}

function collectElements(values: readonly unknown[], path: readonly string[], at: number, keys: string[]): void {
  const name = path[at] ?? '';
  if (INDEX.test(name) && Number(name) < values.length) collect(values[Number(name)], path, at + 1, keys);
  for (const element of values) if (isFields(element)) collect(element, path, at, keys);
}

function collectLeaf(value: unknown, keys: string[]): void {
  addKey(value, keys);
  if (Array.isArray(value)) for (const element of value) addKey(element, keys);
}

function addKey(value: unknown, keys: string[]): void {
  if (value === undefined) return void keys.push(NULL_KEY);
  const key = keyOf(value);
  if (key !== undefined) keys.push(key);
}

/** Undefined for what bson cannot write, as a document with a field `_bsontype`: it equals nothing. */
export function keyOf(value: unknown): string | undefined {
  try {
    return canonicalKeyOf(value);
  } catch {
    return undefined;
  }
}
