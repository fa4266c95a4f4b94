import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionOwners, shareOf } from './share.plan.js';
import type { GroupMember } from './stored-group.js';

const group = (partitions: number) => ({
  patterns: ['insert.#', 'update.#'],
  queues: Array.from({ length: partitions }, (_, partition) => `q${partition}`),
});
const memberOf = (id: number, outdated: boolean): GroupMember => ({
  id: `member-${id}`,
  patterns: outdated ? ['insert.#'] : ['update.#', 'insert.#'],
  joinedAt: new Date(id % 3),
  lastSeen: new Date(0),
});
const members = fc
  .uniqueArray(fc.nat(50), { maxLength: 9 })
  .chain((ids) =>
    fc
      .array(fc.boolean(), { minLength: ids.length, maxLength: ids.length })
      .map((outdated) => ids.map((id, index) => memberOf(id, outdated[index] ?? false))),
  );
const partitions = fc.integer({ min: 1, max: 64 });

describe('the shares of a group', () => {
  it('give each partition to one member with the registered handlers, evenly, and none to another', () => {
    fc.assert(
      fc.property(members, partitions, (all, count) => {
        const owners = partitionOwners(group(count), all);
        const [current, outdated] = [true, false].map((is) =>
          all.filter((each) => (each.patterns.length === 2) === is),
        );
        const shares = (some: readonly GroupMember[] = []) => some.map(({ id }) => shareOf(group(count), owners, id));
        const sizes = shares(current).map(({ length }) => length);
        expect(shares(outdated).flat()).toEqual([]);
        if (sizes.length === 0) return;
        expect(shares(current).flat().sort(byPartition)).toEqual(
          group(count).queues.map((queue, partition) => ({ queue, partition })),
        );
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('of the others do not change when one joins or leaves, but for what it takes or gives back', () => {
    fc.assert(
      fc.property(members, partitions, (all, count) => {
        const newest = { ...memberOf(99, false), joinedAt: new Date(9) };
        const [without, withIt] = [partitionOwners(group(count), all), partitionOwners(group(count), [...all, newest])];
        for (const [partition, owner] of withIt) {
          if (owner !== newest.id) expect(owner).toBe(without.get(partition));
        }
      }),
    );
  });

  it('are the same in whatever order the members are listed', () => {
    fc.assert(
      fc.property(members, partitions, (all, count) => {
        expect(partitionOwners(group(count), [...all].reverse())).toEqual(partitionOwners(group(count), all));
      }),
    );
  });
});

function byPartition(a: { partition: number }, b: { partition: number }): number {
  return a.partition - b.partition;
}
