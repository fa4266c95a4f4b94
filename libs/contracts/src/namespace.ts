import { z } from 'zod';

/** A namespace as MongoDB writes it. `coll` is absent where the change concerns a whole database or the stream. */
export const namespaceSchema = z.object({
  db: z.string().min(1),
  coll: z.string().min(1).optional(),
});
export type Namespace = z.infer<typeof namespaceSchema>;

/** `shop.orders`; for a database alone `shop`. */
export function namespaceName(ns: Namespace): string {
  return ns.coll === undefined ? ns.db : `${ns.db}.${ns.coll}`;
}

/**
 * Splits `shop.orders.eu` into database and collection. A database's name holds no dot, a collection's may
 * (https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions), so the first dot divides.
 */
export function parseNamespace(name: string): Namespace {
  const dot = name.indexOf('.');
  return dot < 0 ? { db: name } : { db: name.slice(0, dot), coll: name.slice(dot + 1) };
}
