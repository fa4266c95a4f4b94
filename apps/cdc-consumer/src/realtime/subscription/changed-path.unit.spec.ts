import { isFields, type BsonDocument, type Fields } from '@sluice/contracts';
import { EventBuilder } from '@sluice/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permitOf } from '../access/permit.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { FanOut } from '../fan-out/fan.out.js';
import { aSubscriber, GENEROUS } from '../fan-out/subscriber.fixture.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { equalityTerms } from './equality-term.js';
import { fieldTree, projectedFields } from './field-tree.js';

const NS = 'shop.orders';
const grantsOf = (fields: string[]) => [{ to: [], roles: [], namespaces: ['*'], fields }];

type Changes = Parameters<typeof EventBuilder.prototype.anUpdate<BsonDocument>>;

/** What a client with a grant of these fields is told of an update. */
function told(fields: string[], key: unknown, changes: Changes[2], overrides?: Changes[3]) {
  const feed = new MemoryFeed();
  const { outlet, subscription } = aSubscriber({ namespace: NS }, { grants: grantsOf(fields) });
  new FanOut(feed, GENEROUS, new RealtimeCounters()).add(subscription);
  feed.tell(new EventBuilder().anUpdate<BsonDocument>(NS, key, changes, overrides));
  return outlet.of('event')[0]?.event;
}

describe('what an update has changed', () => {
  const name = fc.constantFrom('a', 'b', '0', '1');
  const { value: shape } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(0),
      fc.dictionary(name, tie('value'), { maxKeys: 3 }),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  }));
  const document = fc.dictionary(name, shape, { maxKeys: 3 });
  const grant = fc.array(
    fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.')),
    { minLength: 1, maxLength: 3 },
  );

  it('shows a client just what the document shows it, whether a number is an index or a name, or is left out', () => {
    fc.assert(
      fc.property(
        fc.record({
          document,
          grant,
          at: fc.nat(50),
          value: shape,
          lookUp: fc.option(document, { nil: undefined }),
          hasPreImage: fc.boolean(),
          isExpanded: fc.boolean(),
        }),
        ({ document: drawn, grant: fields, at, value: drawnValue, lookUp, hasPreImage, isExpanded }) => {
          const count = { leaves: 0 };
          const before = numbered(drawn, count) as Fields;
          const value = numbered(drawnValue, count);
          const paths = pathsIn(before);
          fc.pre(paths.length > 0);
          const path = paths[at % paths.length] ?? [];
          const shown = new Set(leavesOf(projectedFields(changed(before, path, value) as Fields, fieldTree(fields))));
          const text = path.join('.');
          const isSaid =
            isExpanded &&
            path.some((part, index) => index > 0 && /^\d+$/.test(String(part)) && typeof part === 'string');
          const event = told(
            fields,
            1,
            {
              updatedFields: { [text]: value },
              ...(lookUp === undefined ? {} : { fullDocument: { _id: 1, ...(numbered(lookUp, count) as Fields) } }),
              ...(isSaid ? { disambiguatedPaths: { [text]: path } } : {}),
            },
            hasPreImage ? { fullDocumentBeforeChange: { _id: 1, ...before } } : {},
          );
          if (event?.updateDescription === undefined) {
            expect(event?.omitted).toContain('updateDescription');
            expect(event?.fullDocument !== undefined || event?.href !== undefined).toBe(true);
            expect(hasPreImage || isSaid).toBe(false);
          } else {
            const wanted = leavesOf(value).filter((leaf) => shown.has(leaf));
            const shownLeaves = leavesOf(event.updateDescription.updatedFields); // in the order of the grant
            expect(new Set(shownLeaves)).toEqual(new Set(wanted));
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['an index', { customer: [{ name: 'Ann' }] }, { updatedFields: { 'customer.0.name': 'Bob' }, removedFields: [] }],
    ['a name', { customer: { 0: { name: 'Ann' } } }, { updatedFields: {}, removedFields: [] }],
  ])('is told by what a number means: %s', (_what, before, description) => {
    const changes = { updatedFields: { 'customer.0.name': 'Bob' }, removedFields: ['customer.0.card'] };
    const event = told(['customer.name'], 1, changes, { fullDocumentBeforeChange: { _id: 1, ...before } });
    expect(event?.updateDescription).toEqual(description);
  });

  it.each([
    [{ removedFields: ['customer.0.name'] }],
    [{ truncatedArrays: [{ field: 'customer.0.name', newSize: 1 }] }],
  ])('is left out where that is not known: %j', (changes) => {
    const event = told(['customer.name'], 1, { ...changes, fullDocument: { _id: 1, customer: [] } });
    expect(event).toMatchObject({ omitted: ['updateDescription'], fullDocument: { customer: [] } });
    const without = told(['customer.name'], 1, changes);
    expect(without).toMatchObject({
      omitted: ['fullDocument', 'updateDescription'],
      href: expect.any(String) as string,
    });
  });
});

it.each([
  ['items.0.price', ['items.price'], false],
  ['items.0', ['items.0'], false],
  ['items.0.price', ['items'], true],
  ['items.price', ['items.price'], true],
  ['0.price', ['0.price'], true],
])('a where on %s with a grant of %j: %s, since a number means an index and a name', (path, fields, isAllowed) => {
  const asked = () => permitOf(grantsOf(fields), { namespace: NS }, equalityTerms({ [path]: 5 }));
  if (isAllowed) expect(asked).not.toThrow();
  else expect(asked).toThrow('is not granted');
});

it('a sharded key shows no field of a name that is a number to whom it is not granted', () => {
  const event = told(
    ['customer.name'],
    { _id: 1, 'customer.0.name': 'x', 'customer.name': 'y' },
    { updatedFields: {} },
  );
  expect(event?.documentKey).toEqual({ _id: 1, 'customer.name': 'y' });
});

/** Each leaf a number of its own. */
function numbered(value: unknown, count: { leaves: number }): unknown {
  if (Array.isArray(value)) return value.map((each) => numbered(each, count));
  if (!isFields(value)) return (count.leaves += 1);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, numbered(each, count)]));
}

function leavesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isFields(value) ? Object.values(value).flatMap(leavesOf) : value === undefined ? [] : [value];
}

type Path = readonly (string | number)[];

/** Names as text, indexes as numbers. */
function pathsIn(value: unknown): Path[] {
  const below = (key: string | number, each: unknown) => [[key], ...pathsIn(each).map((path) => [key, ...path])];
  if (Array.isArray(value)) return value.flatMap((each, index) => below(index, each));
  return isFields(value) ? Object.entries(value).flatMap(([key, each]) => below(key, each)) : [];
}

function changed(container: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(container)) {
    return container.map((each: unknown, index) => (index === key ? changed(each, rest, to) : each));
  }
  const fields = container as Fields;
  return { ...fields, [key]: changed(fields[key], rest, to) };
}
