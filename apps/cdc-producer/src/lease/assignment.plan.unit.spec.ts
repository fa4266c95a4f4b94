import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignmentOf, type AssignableMember, type Assignment } from './assignment.plan.js';

const names = (prefix: string, most: number) =>
  fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: most }).map((ids) => ids.map((id) => `${prefix}${id}`));

/** Members with the same streams; some joined in the same millisecond. */
const members = fc
  .tuple(names('p', 8), names('s', 30), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 8, maxLength: 8 }))
  .map(([ids, streams, joined]) =>
    ids.map((id, index): AssignableMember => ({ id, joinedAt: new Date(joined[index] ?? 0), streams })),
  );

/** Members in the middle of a deployment: each knows other streams. */
const mixedMembers = fc
  .tuple(members, fc.array(names('s', 10), { minLength: 8, maxLength: 8 }))
  .map(([all, streams]) => all.map((member, index) => ({ ...member, streams: streams[index] ?? [] })));

function loads(assignment: Assignment, all: readonly AssignableMember[]): number[] {
  return all.map(({ id }) => [...assignment.values()].filter((owner) => owner === id).length);
}

describe('the assignment of streams to producers', () => {
  it('is even: no producer has two streams more than another', () => {
    fc.assert(
      fc.property(members, (all) => {
        const counts = loads(assignmentOf(all), all);
        if (all.length > 0) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives each stream to one producer that is configured for it, and to nobody else', () => {
    fc.assert(
      fc.property(mixedMembers, (all) => {
        const assignment = assignmentOf(all);
        expect(new Set(assignment.keys())).toEqual(new Set(all.flatMap(({ streams }) => streams)));
        for (const [stream, owner] of assignment) {
          expect(all.find(({ id }) => id === owner)?.streams).toContain(stream);
        }
      }),
    );
  });

  it('is the same for everyone, in whatever order the producers and streams are listed', () => {
    fc.assert(
      fc.property(mixedMembers, (all) => {
        const other = all.map((member) => ({ ...member, streams: [...member.streams].reverse() })).reverse();
        expect(new Map([...assignmentOf(other)].sort())).toEqual(new Map([...assignmentOf(all)].sort()));
      }),
    );
  });

  it('moves only streams that go to the one who joins, and only these back when it leaves', () => {
    fc.assert(
      fc.property(members, (all) => {
        const before = assignmentOf(all);
        const joining = { id: 'new', joinedAt: new Date(6), streams: all[0]?.streams ?? [] };
        for (const [stream, owner] of assignmentOf([...all, joining])) {
          if (owner !== 'new') expect(owner).toBe(before.get(stream));
        }
      }),
    );
  });

  it('leaves a single stream where it is when others join', () => {
    const member = (id: string, at: number) => ({ id, joinedAt: new Date(at), streams: ['shop'] });
    expect(assignmentOf([member('b', 1), member('a', 2), member('c', 3)])).toEqual(new Map([['shop', 'b']]));
  });
});
