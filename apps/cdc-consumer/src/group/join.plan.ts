import { samePatterns } from './consumption.policy.js';
import type { GroupChange, NewGroup, StoredGroup } from './stored-group.js';

/** What a replica that starts wants its group to be. */
export type GroupWish = NewGroup;

export type JoinStep =
  | { readonly do: 'create'; readonly group: NewGroup }
  | { readonly do: 'change'; readonly revision: number; readonly change: GroupChange }
  | { readonly do: 'keep' };

/**
 * How a replica that starts takes its place in the registration. Its patterns replace the registered ones: it is the
 * newest deployment. The number of partitions stays what the first registration made it, because another one would
 * send documents to other queues while their older events still wait in these.
 */
export function joinStep(found: StoredGroup | undefined, wish: GroupWish): JoinStep {
  if (found === undefined) return { do: 'create', group: wish };
  if (samePatterns(found.patterns, wish.patterns)) return { do: 'keep' };
  const wanted = new Set(wish.patterns);
  const retired = [...new Set([...found.retired, ...found.patterns])].filter((pattern) => !wanted.has(pattern));
  return {
    do: 'change',
    revision: found.revision,
    change: { state: 'joining', patterns: wish.patterns, retired },
  };
}
