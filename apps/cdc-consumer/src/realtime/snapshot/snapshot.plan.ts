import { RealtimeRequestError } from '../connection/realtime.errors.js';
import type { EqualityTerm } from '../subscription/equality-term.js';

/** What of an index decides whether it serves a query. */
export interface IndexShape {
  readonly name: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly sparse?: boolean;
  readonly hidden?: boolean;
  readonly partialFilterExpression?: unknown;
  readonly collation?: unknown;
}

const ORDERS: readonly unknown[] = [1, -1, 'hashed'];

/**
 * The index that serves a `where`: one whose first field it names, so that the server reads what matches and little
 * else. Without a `where` everything is asked for, and `_id` has it in order.
 * @throws RealtimeRequestError with the index that it needs
 */
export function indexFor(namespace: string, terms: readonly EqualityTerm[], indexes: readonly IndexShape[]): string {
  if (terms.length === 0) return '_id_';
  const serving = indexes.find((index) => terms.some((term) => serves(index, term)));
  if (serving !== undefined) return serving.name;
  const [, ...collection] = namespace.split('.');
  const wanted = terms.map(({ path }) => `${JSON.stringify(path)}: 1`).join(', ');
  throw new RealtimeRequestError(
    'SLUICE-REALTIME-SNAPSHOT-UNINDEXED',
    `a snapshot by ${terms.map(({ path }) => path).join(', ')} would read the whole of ${namespace}; it needs an index: db.getCollection(${JSON.stringify(collection.join('.'))}).createIndex({ ${wanted} })`,
  );
}

function serves({ key, sparse, hidden, partialFilterExpression, collation }: IndexShape, term: EqualityTerm): boolean {
  const [first] = Object.entries(key);
  if (first === undefined || first[0] !== term.path || !ORDERS.includes(Number(first[1]) || first[1])) return false;
  // Such an index has not every document, or not in the order that the comparison has.
  const isWhole = partialFilterExpression === undefined && hidden !== true && collation === undefined;
  return isWhole && (sparse !== true || term.value !== null);
}
