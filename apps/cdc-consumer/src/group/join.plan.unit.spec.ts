import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samePatterns } from './consumption.policy.js';
import { joinStep } from './join.plan.js';
import type { StoredGroup } from './stored-group.js';

const wish = {
  patterns: ['insert.shop.orders'],
  partitions: 4,
  generation: 1,
  queues: ['q0', 'q1', 'q2', 'q3'],
  deployment: null,
};
const stored: StoredGroup = {
  _id: 'mirror',
  kind: 'own',
  memberSeenAt: null,
  ...wish,
  state: 'bound',
  joiningSince: new Date(0),
  members: [],
  retired: [],
  next: null,
  former: [],
  paused: false,
  pause: null,
  revision: 7,
};

describe('joining a group', () => {
  it('registers one that does not exist', () => {
    expect(joinStep(undefined, wish)).toEqual({ do: 'create', group: wish });
  });

  it('keeps a registration with the same patterns, in whatever order', () => {
    const found = { ...stored, patterns: ['b', 'a'] };
    expect(joinStep(found, { ...wish, patterns: ['a', 'b'] })).toEqual({ do: 'keep' });
  });

  it('keeps the registered number of partitions, whatever the setting says now', () => {
    expect(joinStep(stored, { ...wish, partitions: 8 })).toEqual({ do: 'keep' });
  });

  it('replaces the patterns of an older deployment, at the revision that it saw', () => {
    expect(joinStep(stored, { ...wish, patterns: ['delete.shop.orders'] })).toEqual({
      do: 'change',
      revision: 7,
      change: {
        ...{ state: 'joining', patterns: ['delete.shop.orders'], retired: ['insert.shop.orders'] },
        deployment: null,
      },
    });
  });

  it('takes up a retired group as it was, whoever comes back, and binds it anew', () => {
    const found: StoredGroup = { ...stored, state: 'retired', deployment: '10' };
    const back = joinStep(found, { ...wish, patterns: ['other'], partitions: 8, deployment: '9' });
    const change = { state: 'joining', patterns: ['other'], retired: wish.patterns, deployment: '9' };
    expect(back).toEqual({ do: 'change', revision: 7, change });
  });

  it('leaves a later deployment its patterns, and replaces those of an earlier one', () => {
    const found = { ...stored, deployment: '10' };
    const of = (deployment: string | null) => joinStep(found, { ...wish, patterns: ['other'], deployment }).do;
    expect(['9', '10', '11', null].map(of)).toEqual(['keep', 'change', 'change', 'change']);
    expect(joinStep(found, { ...wish, deployment: '11' })).toMatchObject({ change: { deployment: '11' } });
  });

  it('loses no pattern over any row of deployments: each is wanted, or waits to be unbound', () => {
    const patterns = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd'));
    fc.assert(
      fc.property(fc.array(patterns, { minLength: 1 }), (deployments) => {
        let group: StoredGroup = stored;
        const everBound = new Set(group.patterns);
        for (const wanted of deployments) {
          const step = joinStep(group, { ...wish, patterns: wanted });
          if (step.do === 'change') group = { ...group, ...step.change, revision: group.revision + 1 };
          for (const pattern of wanted) everBound.add(pattern);
          expect(samePatterns(group.patterns, wanted)).toBe(true);
          expect(samePatterns([...group.patterns, ...group.retired], [...everBound])).toBe(true);
          expect(group.retired.filter((pattern) => wanted.includes(pattern))).toEqual([]);
        }
      }),
    );
  });
});
