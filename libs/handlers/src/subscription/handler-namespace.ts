import type { ChangeEvent, Namespace } from '@sluice/contracts';
import { HandlerNamespaceInvalidError } from './handler-namespace-invalid.error.js';

/** Characters that MongoDB refuses in a database's name on one platform or another, so that none can exist everywhere. */
const FORBIDDEN_IN_DATABASE = /[\s/\\"$*<>:|?\0]/;

/**
 * Throws `HandlerNamespaceInvalidError` unless `namespace` is `db.collection`, `db.*` or `*`. A misspelt one would
 * bind a pattern that nothing matches: the handler would be silent for ever.
 */
export function assertHandlerNamespace(place: string, namespace: unknown): asserts namespace is string {
  const fault = namespaceFault(namespace);
  if (fault !== undefined) throw new HandlerNamespaceInvalidError(place, namespace, fault);
}

function namespaceFault(namespace: unknown): string | undefined {
  if (typeof namespace !== 'string') return 'is not a string';
  if (namespace === '*') return undefined;
  if (namespace === '') return 'is empty';
  const [database = '', ...collection] = namespace.split('.');
  if (database === '') return 'has no database before the dot';
  if (database === '#' || FORBIDDEN_IN_DATABASE.test(database)) return 'has characters that no database name may hold';
  if (collection.length === 0) return 'names no collection';
  if (collection.includes('')) return 'has an empty word: two dots in a row, or a dot at the end';
  if (collection.length === 1 && collection[0] === '*') return undefined;
  if (collection.includes('*') || collection.includes('#')) return 'has a wildcard where none is allowed';
  return undefined;
}

/**
 * Whether an event concerns a handler's namespace. A change of a whole database concerns all of its collections, a
 * rename both of its names, and what names no database (a gap of a deployment's stream) concerns everyone: told by
 * the pattern alone, a handler would hear of every collection's drop.
 */
export function concerns(namespace: string, event: ChangeEvent): boolean {
  return overlaps(namespace, event.ns) || (event.operation === 'rename' && overlaps(namespace, event.to));
}

function overlaps(namespace: string, { db, coll }: { db?: Namespace['db'] | undefined; coll?: Namespace['coll'] }) {
  if (namespace === '*' || db === undefined) return true;
  if (!namespace.startsWith(`${db}.`)) return false;
  const wanted = namespace.slice(db.length + 1);
  return wanted === '*' || coll === undefined || wanted === coll;
}
