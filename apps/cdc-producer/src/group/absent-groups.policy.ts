import type { GroupRegistration } from '@sluice/contracts';

/** So long without a member, a group looks forgotten: its queues fill, and a full one holds every stream. */
const ABSENT_MS = 24 * 60 * 60_000;

/**
 * The groups that no consumer has been seen of for a day, and since when. Foreign groups have no members. `nowMs` may be
 * another machine's clock: a day is not told by seconds.
 */
export function absentGroups(groups: readonly GroupRegistration[], nowMs: number): { name: string; since: Date }[] {
  return groups
    .filter(({ kind }) => kind === 'own')
    .map((group) => ({ name: group._id, since: lastSeenOf(group) }))
    .filter(({ since }) => nowMs - since.getTime() >= ABSENT_MS);
}

/** What to tell of one, and what to do. */
export function absenceText({ name, since }: { name: string; since: Date }): string {
  return (
    `group "${name}" has had no consumer since ${since.toISOString()}: its queues fill. Start it, or retire it with ` +
    `DELETE /api/v1/groups/${name} at a consumer of another group`
  );
}

/** A group registered by an earlier version has no `memberSeenAt` until its next heartbeat. */
function lastSeenOf({ members, memberSeenAt, joiningSince }: GroupRegistration): Date {
  const seen = [joiningSince, ...members.map(({ lastSeen }) => lastSeen), ...(memberSeenAt ? [memberSeenAt] : [])];
  return new Date(Math.max(...seen.map((date) => date.getTime())));
}
