import { namespaceName, type Namespace } from '@sluice/contracts';

/** How the namespaces of a grant are written: `shop.orders`, `shop.*` (every collection of shop), `*`. */
export const NAMESPACE_PATTERN = /^(\*|[^.\s*]+\.(\*|[^\s*]+))$/;

export function coversNamespace(patterns: readonly string[], namespace: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*' || pattern === namespace) return true;
    return pattern.endsWith('.*') && namespace.startsWith(pattern.slice(0, -1));
  });
}

/** Of a whole database only who may see all of its collections may know. */
export function coversNs(patterns: readonly string[], ns: Namespace): boolean {
  return coversNamespace(patterns, ns.coll === undefined ? `${ns.db}.*` : namespaceName(ns));
}
