import type { GroupAudit, OtherGroup } from '@sluice/contracts';
import type { GroupAuditLine } from '../group/group.register.js';
import type { StoredGroup } from '../group/stored-group.js';

/** A group that this replica does not serve, as the admin HTTP shows it. */
export function otherGroup(group: StoredGroup): OtherGroup {
  const { _id: name, kind, state, patterns, queues, members, memberSeenAt, revision } = group;
  const seenAt = memberSeenAt?.toISOString() ?? null;
  return { name, kind, state, patterns, queues, members: members.length, memberSeenAt: seenAt, revision };
}

/** A line of the audit trail, as the admin HTTP shows it. */
export function auditDto({ at, range = null, ...line }: GroupAuditLine): GroupAudit['changes'][number] {
  return { ...line, range, at: at.toISOString() };
}
