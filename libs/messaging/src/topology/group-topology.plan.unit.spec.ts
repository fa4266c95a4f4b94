import { BUCKETS, topologyNames } from '@sluice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupBindings, groupTopologyPlan, retiredBindings, type BindingPlan } from './group-topology.plan.js';

const namesOf = (bindings: readonly BindingPlan[]) => new Set(bindings.map(({ queue, key }) => `${queue} ${key}`));

const base = { names: topologyNames('sluice.events'), group: 'mirror', generation: 1, brokerMajor: 3 };

describe("a group's topology", () => {
  it('brings every bucket of every pattern to exactly one partition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: BUCKETS }), (partitions) => {
        const { bindings } = groupTopologyPlan({
          ...base,
          partitions,
          patterns: ['insert.shop.orders', 'delete.shop.#'],
        });
        expect(bindings).toHaveLength(2 * BUCKETS);
        expect(new Set(bindings.map(({ key }) => key)).size).toBe(2 * BUCKETS);
        expect(new Set(bindings.map(({ queue }) => queue)).size).toBe(partitions);
      }),
    );
  });

  it('brings a control event, which has no bucket, to the first partition', () => {
    const { bindings } = groupTopologyPlan({ ...base, partitions: 4, patterns: ['drop.#'] });
    expect(bindings).toEqual([{ queue: 'sluice.group.mirror.1.0', exchange: 'sluice.events', key: 'drop.#' }]);
  });

  it('brings control events to one partition also by a pattern that matches both kinds', () => {
    const { bindings } = groupTopologyPlan({ ...base, partitions: 4, patterns: ['*.shop.orders'] });
    const drops = bindings.filter(({ key }) => key === 'drop.shop.orders');
    expect(drops.map(({ queue }) => queue)).toEqual(['sluice.group.mirror.1.0']);
  });

  it('turns the delivery limit off where the broker has one by default', () => {
    const limitOn = (brokerMajor: number) =>
      groupTopologyPlan({ ...base, brokerMajor, partitions: 1, patterns: [] }).partitions[0]?.arguments[
        'x-delivery-limit'
      ];
    expect([limitOn(3), limitOn(4)]).toEqual([undefined, -1]);
  });

  it('gives up no binding of a retired pattern that a kept one needs too', () => {
    const pattern = fc.constantFrom('insert.shop.eu.#', 'insert.shop.us.#', 'insert.*.eu.#', '*.shop.orders', 'drop.#');
    fc.assert(
      fc.property(fc.array(pattern), fc.array(pattern), fc.integer({ min: 1, max: 8 }), (patterns, old, partitions) => {
        const input = { ...base, partitions, patterns };
        const retired = old.filter((one) => !patterns.includes(one));
        const left = namesOf(groupBindings({ ...input, patterns: [...patterns, ...retired] }));
        for (const name of namesOf(retiredBindings(input, retired))) left.delete(name);
        expect(left).toEqual(namesOf(groupBindings(input)));
      }),
      { numRuns: 30 },
    );
    const given = retiredBindings({ ...base, partitions: 4, patterns: ['insert.shop.eu.#'] }, ['insert.shop.us.#']);
    expect(given.map(({ key }) => key)).not.toContain('07.insert.shop.~.*');
    expect(given).toHaveLength(64);
  });
});
