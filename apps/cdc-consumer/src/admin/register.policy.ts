import type { ForeignGroup } from '@sluice/contracts';
import type { FoundQueues } from '../group/group.retirement.js';
import type { StoredGroup } from '../group/stored-group.js';

interface Circumstances {
  /** The server's time. */
  readonly nowMs: number;
  readonly aliveMs: number;
  readonly found: FoundQueues;
  /** What is in its queues, and parked, has to be handled first. */
  readonly mustBeEmpty: boolean;
  readonly isDeleting: boolean;
  /** Events of it that are parked in the state database. */
  readonly parked: number;
  readonly revision: number | undefined;
}

/** Why a group cannot be registered as a foreign one as things stand; `undefined`: it can. */
export function whyNotForeign(
  seen: Pick<StoredGroup, 'kind' | 'revision'> | undefined,
  { queues, revision }: Pick<ForeignGroup, 'queues' | 'revision'>,
  there: ReadonlySet<string>,
): string | undefined {
  if (seen?.kind === 'own') return 'it is, or was, a group of Sluice consumers; choose another name';
  if (revision !== undefined && revision !== (seen?.revision ?? 0)) return changedSince(seen?.revision ?? 0, revision);
  const missing = queues.filter((queue) => !there.has(queue));
  if (missing.length === 0) return undefined;
  return `there is no queue ${missing.join(', ')}, and every stream would hold for it; declare and bind it first`;
}

/** Why a group cannot be retired as things stand; `undefined`: it can. */
export function whyNotRetired(group: StoredGroup, now: Circumstances): string | undefined {
  if (now.revision !== undefined && now.revision !== group.revision) return changedSince(group.revision, now.revision);
  if (group.kind === 'foreign' && now.isDeleting) return 'the queues of a foreign group are not ours to delete';
  const alive = group.members.filter(({ lastSeen }) => now.nowMs - lastSeen.getTime() < now.aliveMs);
  if (alive.length > 0)
    return `${alive.map(({ id }) => id).join(', ')} is alive; stop the group's consumers, and ask a replica of another group`;
  if (group.next !== null || group.former.length > 0)
    return 'its number of partitions is being changed; start a consumer of it until that is over';
  const full = now.found
    .filter(({ messages }) => messages > 0)
    .map(({ name, messages }) => `${name} holds ${messages}`);
  if (now.parked > 0) full.push(`${now.parked} events are parked`);
  if (!now.mustBeEmpty || full.length === 0) return undefined;
  return `its queues are deleted only when they are empty, and ${full.join(', ')}; queues=discard deletes them all the same`;
}

function changedSince(now: number, asked: number): string {
  return `its registration has revision ${now} by now, and not ${asked}`;
}
