import { describe, expect, it } from 'vitest';
import { mayTakeBack, membersToWaitFor } from './hand-over.plan.js';
import { MemberWatch } from './member.watch.js';
import type { GroupMember, StoredGroup } from './stored-group.js';

const NOW = 1_000_000;
const MEMBER_ALIVE_MS = 10_000;
const REVISION = 7;

function member(id: string, pattern: string, more: Partial<GroupMember> = {}): GroupMember {
  return { id, patterns: [pattern], joinedAt: new Date(0), lastSeen: new Date(NOW - 1_000), ...more };
}

function groupOf(self: GroupMember, others: readonly GroupMember[], more: Partial<StoredGroup> = {}): StoredGroup {
  return {
    ...{
      _id: 'mirror',
      kind: 'own',
      memberSeenAt: null,
      state: 'joining',
      joiningSince: new Date(NOW - MEMBER_ALIVE_MS - 1),
      patterns: ['new'],
    },
    ...{
      partitions: 1,
      generation: 1,
      queues: ['q'],
      retired: [],
      paused: false,
      pause: null,
      deployment: null,
      next: null,
      former: [],
    },
    revision: REVISION,
    members: [{ ...self, lastSeen: new Date(NOW) }, ...others],
    ...more,
  };
}

/** By a member that has been there for long. */
function rollOf(group: StoredGroup) {
  const times = [0, MEMBER_ALIVE_MS - 1, 2 * MEMBER_ALIVE_MS - 2];
  const watch = new MemberWatch(MEMBER_ALIVE_MS, () => times[0] ?? 0);
  for (; times.length > 1; times.shift()) watch.answered(new Date(NOW));
  watch.answered(new Date(NOW));
  return watch.rollOf(group);
}

describe('new handlers wait for a member', () => {
  const waitsFor = (other: GroupMember) => {
    const group = groupOf(member('self', 'new'), [other]);
    return membersToWaitFor(group, rollOf(group), 'self').length > 0;
  };

  it.each<[string, boolean, GroupMember]>([
    ['with other handlers that says nothing', true, member('m', 'old')],
    ['that consumes', true, member('m', 'old', { revision: REVISION, consuming: true })],
    ['that had stopped for an earlier registration', true, member('m', 'old', { revision: 6, consuming: false })],
    ['that has stopped', false, member('m', 'old', { revision: REVISION, consuming: false })],
    ['with the same handlers', false, member('m', 'new', { revision: 6, consuming: true })],
    ['that is dead', false, member('m', 'old', { lastSeen: new Date(NOW - MEMBER_ALIVE_MS) })],
  ])('%s: %s', (_what, waits, other) => {
    expect(waitsFor(other)).toBe(waits);
  });
});

describe('an outdated member takes the group back', () => {
  const takesBack = (
    others: readonly GroupMember[],
    more: Partial<StoredGroup> = {},
    deployment: string | null = null,
  ) => {
    const group = groupOf(member('self', 'old'), others, more);
    return mayTakeBack(group, rollOf(group), { deployment, aliveMs: MEMBER_ALIVE_MS });
  };

  it('when nobody alive has the registered handlers', () => {
    expect(takesBack([])).toBe(true);
    expect(takesBack([member('m', 'other')])).toBe(true);
    expect(takesBack([member('m', 'new', { lastSeen: new Date(0) })])).toBe(true);
    expect(takesBack([member('m', 'new')])).toBe(false);
  });

  it('not from one that has just registered and sent no heartbeat yet', () => {
    expect(takesBack([], { joiningSince: new Date(NOW - 1_000) })).toBe(false);
  });

  it('when it is of a later deployment, numbers counted as such', () => {
    expect(takesBack([member('m', 'new')], { deployment: '9' }, '10')).toBe(true);
    expect(takesBack([member('m', 'new')], { deployment: '10' }, '9')).toBe(false);
    expect(takesBack([member('m', 'new')], { deployment: null }, '10')).toBe(false);
  });
});
