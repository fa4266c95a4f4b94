import { describe, expect, it } from 'vitest';
import { sortMembers } from './member.policy.js';
import type { Member } from './member.js';
import type { ProcessMark } from './process-mark.js';

const now = new Date(1_000_000);
const mark: ProcessMark = { host: 'h', bootId: 'b', namespace: 'n', pid: 7, startTicks: '1' };
const member = (id: string, silentMs: number, process: ProcessMark | null = null): Member => ({
  id,
  process,
  streams: [],
  joinedAt: new Date(0),
  seenAt: new Date(now.getTime() - silentMs),
});
const sort = (members: readonly Member[]) => {
  const { alive, gone } = sortMembers({ now, members }, 5_000, (process) => process !== null);
  return { alive: alive.map(({ id }) => id), gone: gone.map(({ id }) => id) };
};

describe('the members', () => {
  it('are alive for as long as the server has seen them within the lease time', () => {
    expect(sort([member('a', 0), member('b', 4_999), member('c', 5_000)])).toEqual({ alive: ['a', 'b'], gone: [] });
  });

  it('are gone at once where their process has ended for certain, else after a long silence', () => {
    expect(sort([member('ended', 0, mark), member('silent', 300_000)])).toEqual({
      alive: [],
      gone: ['ended', 'silent'],
    });
  });
});
