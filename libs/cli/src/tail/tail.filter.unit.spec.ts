import { matchesPattern, patternOf, routingKeyOf, type ChangeEvent, type Operation } from '@sluice/contracts';
import { aDelete, aDrop, aDropDatabase, aGap, anInsert, anUpdate } from '@sluice/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TailFilter } from './tail.filter.js';
import { tailLine } from './tail-line.view.js';

const EVENTS: readonly ChangeEvent[] = ['shop.orders', 'shop.orders.eu', 'shop.items', 'shopping.orders'].flatMap(
  (namespace): ChangeEvent[] => [
    anInsert(namespace, { _id: 1, total: 5 }),
    anUpdate(namespace, 1, { updatedFields: { total: 6 }, removedFields: ['note'] }),
    aDelete(namespace, 1),
    aDrop(namespace),
  ],
);
const long = anInsert(`shop.${'c'.repeat(250)}`, { _id: 1 });
const all = [...EVENTS, long, aDropDatabase('shop'), aGap(new Date(0), new Date(1000))];

const keyOf = (event: ChangeEvent, bucket: number) =>
  routingKeyOf('documentKey' in event ? bucket : undefined, patternOf(event));
const wanted = (filter: TailFilter) => all.filter((event) => filter.wants(event, patternOf(event)));

describe('a tail', () => {
  it('gets every event that it wants, in whatever bucket it is, by its binding keys', () => {
    const namespace = fc.constantFrom('shop.*', 'shop.orders', `shop.${'c'.repeat(250)}`, '*', 'other.*');
    const operation = fc.constantFrom<Operation>('insert', 'update', 'delete', 'drop', 'dropDatabase', 'gap');
    const wish = fc.record({ namespaces: fc.array(namespace), operations: fc.array(operation) });
    fc.assert(
      fc.property(wish, fc.nat({ max: 63 }), (wanting, bucket) => {
        const filter = new TailFilter(wanting);
        for (const event of wanted(filter)) {
          const key = keyOf(event, bucket);
          expect(filter.bindingKeys.some((binding) => matchesPattern(binding, key))).toBe(true);
        }
      }),
    );
  });

  it('without a wish wants everything, with one only that', () => {
    expect(wanted(new TailFilter({ namespaces: [], operations: [] }))).toEqual(all);
    const orders = wanted(new TailFilter({ namespaces: ['shop.orders'], operations: ['insert', 'drop'] }));
    expect(orders.map(patternOf)).toEqual(['insert.shop.orders', 'drop.shop.orders']);
    const shop = wanted(new TailFilter({ namespaces: ['shop.*'], operations: ['delete', 'dropDatabase', 'gap'] }));
    expect(shop.map(({ operation }) => operation)).toEqual(['delete', 'delete', 'delete', 'dropDatabase', 'gap']);
    expect(wanted(new TailFilter({ namespaces: [], operations: [], stream: 'another' }))).toEqual([]);
  });

  it('shows each event on one line that fits the terminal, and whole in a pipe', () => {
    const paint = (_colour: string, text: string) => text;
    for (const event of all) {
      const line = tailLine(event, { paint, width: 60 });
      expect(line.trimEnd().length).toBeLessThanOrEqual(60);
      expect(line).toMatch(/^[^\n]+\n$/);
    }
    const [, update] = EVENTS;
    if (update === undefined) throw new Error('no update');
    expect(tailLine(update, { paint, width: undefined })).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} update {2}shop\.orders {2}1 {2}\{"total":6\} -note\n$/,
    );
  });
});
