import { samePatterns } from './consumption.policy.js';
import { isLater } from './deployment.policy.js';
import type { Roll } from './member.watch.js';
import type { GroupMember, StoredGroup } from './stored-group.js';

/**
 * Members that may still take events from the queues with other handlers than the group is registered with, and would
 * acknowledge those of new handlers. A member is done when it has stopped because of this very registration; one that
 * tells nothing counts until it is taken for dead.
 */
export function membersToWaitFor(group: StoredGroup, { alive }: Roll, selfId: string): GroupMember[] {
  return alive.filter(
    ({ id, patterns, revision = 0, consuming = true }) =>
      id !== selfId && !samePatterns(patterns, group.patterns) && (consuming || revision < group.revision),
  );
}

/**
 * Whether an outdated member registers its own patterns again: it is of a later deployment, or nobody is there with the
 * registered ones, as after a replica of an older deployment had restarted for a while. One that has just registered
 * gets the time to send its first heartbeat.
 */
export function mayTakeBack(
  group: StoredGroup,
  { nowMs, alive }: Roll,
  { deployment, aliveMs }: { deployment: string | null; aliveMs: number },
): boolean {
  if (isLater(deployment, group.deployment)) return true;
  if (nowMs - group.joiningSince.getTime() < aliveMs) return false;
  return !alive.some(({ patterns }) => samePatterns(patterns, group.patterns));
}
