import type { StoredGroup } from './stored-group.js';

/** `outdated`: the group belongs to a deployment with other handlers than this replica's. */
export type Consumption = 'run' | 'paused' | 'outdated';

/**
 * Whether a replica may consume. With other patterns than registered it would acknowledge, unhandled, the events of
 * handlers that it does not have.
 */
export function consumptionOf(
  group: Pick<StoredGroup, 'patterns' | 'paused'>,
  ownPatterns: readonly string[],
): Consumption {
  if (!samePatterns(group.patterns, ownPatterns)) return 'outdated';
  return group.paused ? 'paused' : 'run';
}

export function samePatterns(some: readonly string[], others: readonly string[]): boolean {
  const set = new Set(others);
  return new Set(some).size === set.size && some.every((pattern) => set.has(pattern));
}
