import { isControlOperation, type Operation } from './operation.js';

/**
 * Patterns tell which events a handler or a group wants, in RabbitMQ's topic words without the bucket:
 * `<operation>.<db>.<collection>`, `*` for one word and `#` for any number of them. The operation comes first,
 * because a collection's name may hold dots.
 */
export type Pattern = string;

/** What Nest's body carries and handlers match: `insert.shop.orders`, `drop.shop.orders`, `gap.<stream>`. */
export function patternOf(event: {
  operation: string;
  ns: { db?: string | undefined; coll?: string | undefined };
  stream: string;
}): string {
  const { operation, ns, stream } = event;
  if (operation === 'gap' || operation === 'invalidate' || ns.db === undefined) return `${operation}.${stream}`;
  return ns.coll === undefined ? `${operation}.${ns.db}` : `${operation}.${ns.db}.${ns.coll}`;
}

/**
 * The patterns of a handler. `namespace` is as people write it: `shop.orders`, `shop.*` (every collection of shop,
 * dots included) or `*` (every namespace).
 */
export function patternsFor(operations: readonly Operation[], namespace: string): Pattern[] {
  const topic = namespaceTopic(namespace);
  return operations.map((operation) => `${operation}.${isControlOperation(operation) ? '#' : topic}`);
}

function namespaceTopic(namespace: string): string {
  if (namespace === '*' || namespace === '#') return '#';
  return namespace.endsWith('.*') ? `${namespace.slice(0, -2)}.#` : namespace;
}

/** RabbitMQ's topic match (https://www.rabbitmq.com/tutorials/tutorial-five-javascript): `*` one word, `#` zero or more. */
export function matchesPattern(pattern: Pattern, key: string): boolean {
  return matchWords(pattern.split('.'), 0, key.split('.'), 0);
}

function matchWords(pattern: readonly string[], p: number, key: readonly string[], k: number): boolean {
  if (p === pattern.length) return k === key.length;
  if (pattern[p] === '#') {
    if (p === pattern.length - 1) return true;
    for (let skip = k; skip <= key.length; skip++) if (matchWords(pattern, p + 1, key, skip)) return true;
    return false;
  }
  if (k === key.length) return false;
  return (pattern[p] === '*' || pattern[p] === key[k]) && matchWords(pattern, p + 1, key, k + 1);
}
