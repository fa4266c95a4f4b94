import { MEMBER_ALIVE_MS } from '@sluice/contracts';
import { samePatterns } from './consumption.policy.js';
import { isLater } from './deployment.policy.js';
import type { GroupMember, StoredGroup } from './stored-group.js';

/**
 * Members that may still take events from the queues with other handlers than the group is registered with, and would
 * acknowledge those of new handlers. A member is done when it has stopped because of this very registration; one that
 * tells nothing counts until it is taken for dead.
 */
export function membersToWaitFor(group: StoredGroup, selfId: string): GroupMember[] {
  return liveMembers(group, selfId).filter(
    ({ id, patterns, revision = 0, consuming = true }) =>
      id !== selfId && !samePatterns(patterns, group.patterns) && (consuming || revision < group.revision),
  );
}

/**
 * Whether an outdated member registers its own patterns again: it is of a later deployment, or nobody is there with the
 * registered ones, as after a replica of an older deployment had restarted for a while. One that has just registered
 * gets the time to send its first heartbeat.
 */
export function mayTakeBack(group: StoredGroup, self: { id: string; deployment: string | null }): boolean {
  if (isLater(self.deployment, group.deployment)) return true;
  const now = serverTime(group, self.id);
  if (now === undefined || now - group.joiningSince.getTime() < MEMBER_ALIVE_MS) return false;
  return !liveMembers(group, self.id).some(({ patterns }) => samePatterns(patterns, group.patterns));
}

/** Time since the group began to join, by the server's clock; needs a heartbeat of our own in `group`. */
export function joiningMs(group: StoredGroup, selfId: string): number {
  return (serverTime(group, selfId) ?? 0) - group.joiningSince.getTime();
}

/** By the time that the server gave our own heartbeat: no machine's clock is compared with another's. */
function liveMembers(group: StoredGroup, selfId: string): GroupMember[] {
  const now = serverTime(group, selfId) ?? 0;
  return group.members.filter(({ lastSeen }) => now - lastSeen.getTime() < MEMBER_ALIVE_MS);
}

function serverTime(group: StoredGroup, selfId: string): number | undefined {
  return group.members.find(({ id }) => id === selfId)?.lastSeen.getTime();
}
