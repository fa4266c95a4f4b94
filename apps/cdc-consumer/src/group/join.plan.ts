import { samePatterns } from './consumption.policy.js';
import { isLater } from './deployment.policy.js';
import type { GroupChange, NewGroup, StoredGroup } from './stored-group.js';

/** What a replica that starts wants its group to be. */
export type GroupWish = NewGroup;

export type JoinStep =
  | { readonly do: 'create'; readonly group: NewGroup }
  | { readonly do: 'change'; readonly revision: number; readonly change: GroupChange }
  | { readonly do: 'keep' };

/**
 * How a replica that starts takes its place in the registration. Its patterns replace the registered ones, as it is
 * the newest deployment, unless `DEPLOYMENT` says that it is an older one which restarts: then it waits, outdated,
 * until nobody carries the registered patterns. The number of partitions stays what the first registration made it,
 * because another one would send documents to other queues while their older events still wait in these.
 */
export function joinStep(found: StoredGroup | undefined, wish: GroupWish): JoinStep {
  if (found === undefined) return { do: 'create', group: wish };
  if (found.state === 'retired') return { do: 'change', revision: found.revision, change: replacement(found, wish) };
  if (isLater(found.deployment, wish.deployment)) return { do: 'keep' };
  const { revision } = found;
  if (!samePatterns(found.patterns, wish.patterns)) return { do: 'change', revision, change: replacement(found, wish) };
  if (!isLater(wish.deployment, found.deployment)) return { do: 'keep' };
  return { do: 'change', revision, change: { deployment: wish.deployment } };
}

/** Registers the wish's patterns instead of those that are; what is not wanted any more waits to be unbound. */
export function replacement(found: StoredGroup, { patterns, deployment }: GroupWish): GroupChange {
  const wanted = new Set(patterns);
  const retired = [...new Set([...found.retired, ...found.patterns])].filter((pattern) => !wanted.has(pattern));
  return { state: 'joining', patterns, retired, deployment };
}
