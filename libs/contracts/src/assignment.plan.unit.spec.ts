import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignmentOf, type AssignableMember, type Assignment } from './assignment.plan.js';

const names = (prefix: string, most: number) =>
  fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: most }).map((ids) => ids.map((id) => `${prefix}${id}`));

/** Members with the same items; some joined in the same millisecond. */
const members = fc
  .tuple(names('p', 8), names('s', 30), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 8, maxLength: 8 }))
  .map(([ids, items, joined]) =>
    ids.map((id, index): AssignableMember<string> => ({ id, joinedAt: new Date(joined[index] ?? 0), items })),
  );

/** Members in the middle of a deployment: each knows other items. */
const mixedMembers = fc
  .tuple(members, fc.array(names('s', 10), { minLength: 8, maxLength: 8 }))
  .map(([all, items]) => all.map((member, index) => ({ ...member, items: items[index] ?? [] })));

function loads(assignment: Assignment<string>, all: readonly AssignableMember<string>[]): number[] {
  return all.map(({ id }) => [...assignment.values()].filter((owner) => owner === id).length);
}

describe('an assignment', () => {
  it('is even: nobody has two items more than another', () => {
    fc.assert(
      fc.property(members, (all) => {
        const counts = loads(assignmentOf(all), all);
        if (all.length > 0) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives each item to one member that can have it, and to nobody else', () => {
    fc.assert(
      fc.property(mixedMembers, (all) => {
        const assignment = assignmentOf(all);
        expect(new Set(assignment.keys())).toEqual(new Set(all.flatMap(({ items }) => items)));
        for (const [item, owner] of assignment) {
          expect(all.find(({ id }) => id === owner)?.items).toContain(item);
        }
      }),
    );
  });

  it('is the same for everyone, in whatever order members and items are listed', () => {
    fc.assert(
      fc.property(mixedMembers, (all) => {
        const other = all.map((member) => ({ ...member, items: [...member.items].reverse() })).reverse();
        expect(new Map([...assignmentOf(other)].sort())).toEqual(new Map([...assignmentOf(all)].sort()));
      }),
    );
  });

  it('moves only items that go to the one who joins, and only these back when it leaves', () => {
    fc.assert(
      fc.property(members, (all) => {
        const before = assignmentOf(all);
        const joining = { id: 'new', joinedAt: new Date(6), items: all[0]?.items ?? [] };
        for (const [item, owner] of assignmentOf([...all, joining])) {
          if (owner !== 'new') expect(owner).toBe(before.get(item));
        }
      }),
    );
  });

  it('leaves a single item where it is when others join', () => {
    const member = (id: string, at: number) => ({ id, joinedAt: new Date(at), items: ['shop'] });
    expect(assignmentOf([member('b', 1), member('a', 2), member('c', 3)])).toEqual(new Map([['shop', 'b']]));
  });
});
