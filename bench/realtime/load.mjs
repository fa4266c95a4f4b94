/**
 * The load of live push: how often something happens, and what share of the connections is told. Connection `c` is told
 * of one topic of each kind, so that 1%, 10% and all of them share one.
 */
export const KINDS = [
  { name: 'one', rate: 500, topics: 100 },
  { name: 'ten', rate: 50, topics: 10 },
  { name: 'all', rate: 5, topics: 1 },
];

export const NAMESPACE = { db: 'bench', coll: 'orders' };

export function topicsOf(connection) {
  return KINDS.map(({ name, topics }) => `${name}-${connection % topics}`);
}

/** The topic of the `n`th change of a kind. */
export function topicOf({ name, topics }, n) {
  return `${name}-${n % topics}`;
}

/** Messages a second that come to so many connections. */
export function deliveriesPerSecond(connections) {
  return KINDS.reduce((sum, { rate, topics }) => sum + (rate * connections) / topics, 0);
}
