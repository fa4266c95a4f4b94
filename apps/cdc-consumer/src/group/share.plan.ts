import { assignmentOf, type Assignment } from '@sluice/contracts';
import type { PartitionQueue } from '@sluice/messaging';
import { samePatterns } from './consumption.policy.js';
import type { GroupMember, StoredGroup } from './stored-group.js';

/** Which live member each partition belongs to: only those count whose handlers the group is registered with. */
export function partitionOwners(
  group: Pick<StoredGroup, 'patterns' | 'queues'>,
  alive: readonly GroupMember[],
): Assignment<number> {
  const items = group.queues.map((_, partition) => partition);
  const members = alive.filter(({ patterns }) => samePatterns(patterns, group.patterns));
  return assignmentOf(members.map(({ id, joinedAt }) => ({ id, joinedAt, items })));
}

/** The queues of one member. */
export function shareOf({ queues }: Pick<StoredGroup, 'queues'>, owners: Assignment<number>, memberId: string) {
  return queues.flatMap((queue, partition): PartitionQueue[] =>
    owners.get(partition) === memberId ? [{ queue, partition }] : [],
  );
}
