import { BUCKETS, topologyNames } from '@sluice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formerControlBindings,
  groupBindings,
  groupTopologyPlan,
  retiredBindings,
  type BindingPlan,
} from './group-topology.plan.js';

const namesOf = (bindings: readonly BindingPlan[]) => new Set(bindings.map((binding) => JSON.stringify(binding)));
const ofDocuments = (bindings: readonly BindingPlan[]) =>
  bindings.filter((binding) => 'queue' in binding && binding.exchange === 'sluice.events');

const base = { names: topologyNames('sluice.events'), group: 'mirror', generation: 1, brokerMajor: 3 };

describe("a group's topology", () => {
  it('brings every bucket of every pattern to exactly one partition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: BUCKETS }), (partitions) => {
        const patterns = ['insert.shop.orders', 'delete.shop.#'];
        const bindings = ofDocuments(groupTopologyPlan({ ...base, partitions, patterns }).bindings);
        expect(bindings).toHaveLength(2 * BUCKETS);
        expect(new Set(bindings.map(({ key }) => key)).size).toBe(2 * BUCKETS);
        expect(new Set(bindings.map((binding) => 'queue' in binding && binding.queue)).size).toBe(partitions);
      }),
    );
  });

  it('brings control events, which have no bucket, to every partition by an exchange of the group', () => {
    const { bindings, exchanges } = groupTopologyPlan({ ...base, partitions: 2, patterns: ['drop.#'] });
    const control = 'sluice.group.mirror.1.control';
    expect(exchanges).toContainEqual({ name: control, type: 'fanout' });
    expect(bindings).toEqual([
      { queue: 'sluice.group.mirror.1.0', exchange: control, key: '' },
      { queue: 'sluice.group.mirror.1.1', exchange: control, key: '' },
      { toExchange: control, exchange: 'sluice.events', key: 'drop.#' },
    ]);
  });

  it('takes a pattern that matches both kinds apart', () => {
    const { bindings } = groupTopologyPlan({ ...base, partitions: 4, patterns: ['*.shop.orders'] });
    expect(bindings.filter(({ key }) => key === 'drop.shop.orders')).toMatchObject([{ exchange: 'sluice.events' }]);
    expect(ofDocuments(bindings).filter(({ key }) => !/^\d\d\.\*/.test(key))).toEqual([]);
  });

  it('knows the bindings by which earlier versions brought control events to the first partition alone', () => {
    const former = formerControlBindings({ ...base, partitions: 4, patterns: ['drop.#', 'insert.shop.#'] });
    expect(former).toEqual([{ queue: 'sluice.group.mirror.1.0', exchange: 'sluice.events', key: 'drop.#' }]);
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
