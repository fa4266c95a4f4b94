import type { GroupRegistration } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { absenceText, absentGroups } from './absent-groups.policy.js';

const HOUR = 3_600_000;
const now = Date.parse('2026-03-02T12:00:00Z');
const ago = (hours: number) => new Date(now - hours * HOUR);

function aGroup(fields: Partial<GroupRegistration>): GroupRegistration {
  const topology = { partitions: 1, generation: 1, patterns: [], queues: [], next: null, revision: 1 };
  const state = { kind: 'own', state: 'bound' } as const;
  return { _id: 'mirror', ...state, ...topology, joiningSince: ago(900), members: [], memberSeenAt: null, ...fields };
}
const aMember = (hours: number) => ({ id: 'm', patterns: [], joinedAt: ago(900), lastSeen: ago(hours) });

describe('a group without a consumer', () => {
  it.each([
    ['seen a day ago', aGroup({ memberSeenAt: ago(24) }), true],
    ['seen within the day, and left', aGroup({ memberSeenAt: ago(23.9) }), false],
    ['killed, and never forgotten by another member', aGroup({ members: [aMember(25)] }), true],
    ['of an earlier version, whose member lives', aGroup({ members: [aMember(0)] }), false],
    ['never seen since it registered', aGroup({}), true],
    ['just registered', aGroup({ joiningSince: ago(1) }), false],
    ['foreign', aGroup({ kind: 'foreign' }), false],
  ])('%s', (_, group, isAbsent) => {
    expect(absentGroups([group], now).length > 0).toBe(isAbsent);
  });

  it('is told with its name, since when, and what to do', () => {
    const text = absenceText({ name: 'mirror', since: ago(30) });
    expect(text).toContain('"mirror" has had no consumer since 2026-03-01T06:00:00.000Z');
    expect(text).toContain('DELETE /api/v1/groups/mirror');
  });
});
