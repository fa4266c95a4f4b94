import type { BsonDocument, ChangeEvent, Operation } from '@sluice/contracts';
import { EventBuilder } from '@sluice/testing';
import { describe, expect, it } from 'vitest';
import { equalityTerms } from './equality-term.js';
import { EventFacts } from './event-facts.js';
import { tellingOf, type ChangeFilter, type Telling } from './telling.policy.js';

const make = new EventBuilder();
const NS = 'shop.orders';
const open = { _id: 1, status: 'open' };
const closed = { _id: 1, status: 'closed' };

function filter(where: Record<string, never> | object = { status: 'open' }, rest: Partial<ChangeFilter> = {}) {
  return { terms: equalityTerms(where as never), operations: undefined, permitted: undefined, ...rest };
}

const touching = (field: string) => ({ updatedFields: { [field]: 'x' } });
const update = (changes: object, fullDocument?: unknown, before?: object) =>
  make.anUpdate<BsonDocument>(
    NS,
    1,
    fullDocument === undefined ? changes : { ...changes, fullDocument: fullDocument as BsonDocument },
    before && { fullDocumentBeforeChange: { ...before } },
  );

describe('what a subscription with a where is told of', () => {
  it.each<[string, ChangeEvent, Telling]>([
    ['an insert that matches', make.anInsert(NS, open), 'event'],
    ['an insert that does not', make.anInsert(NS, closed), undefined],
    ['an update that matches', update(touching('total'), open), 'event'],
    ['an update of its field that does not match now', update(touching('status'), closed), 'leave'],
    ['an update of another field', update(touching('total'), closed), undefined],
    ['an update that took it out, by the pre-image', update(touching('total'), closed, open), 'leave'],
    ['an update of what never matched, by the pre-image', update(touching('status'), closed, closed), undefined],
    ['an update whose look-up found nothing', update(touching('total'), null), 'leave'],
    ['the same of what had not matched', update(touching('total'), null, closed), undefined],
    ['an update that is not looked up', update(touching('total')), 'leave'],
    ['a replace that matches', make.aReplace(NS, open), 'event'],
    ['a replace that does not', make.aReplace(NS, closed), 'leave'],
    ['a replace of what had not matched', make.aReplace(NS, closed, { fullDocumentBeforeChange: closed }), undefined],
    ['a delete of nothing known', make.aDelete(NS, 1), 'leave'],
    ['a delete of what matched', make.aDelete(NS, 1, { fullDocumentBeforeChange: open }), 'event'],
    ['a delete of what did not', make.aDelete(NS, 1, { fullDocumentBeforeChange: closed }), undefined],
    ['a delete whose sharded key matches', make.aDelete(NS, { _id: 1, status: 'open' }), 'event'],
    ['a delete whose sharded key does not', make.aDelete(NS, { _id: 1, status: 'closed' }), undefined],
    ['a document that came without its fields', make.anInsert(NS, open, omitting('fullDocument')), 'event'],
    ['an update whose changes were left out', update({}, closed), undefined],
    ['a document of a snapshot that does not match', make.aRead(NS, closed), 'leave'],
    ['the end of the collection', make.aDrop(NS), 'event'],
    ['the end of the stream', make.anInvalidate(NS), 'event'],
  ])('%s', (_, event, telling) => {
    expect(tellingOf(filter(), new EventFacts(event))).toBe(telling);
  });

  it('an update whose changes did not fit may have changed the field', () => {
    const event = update(touching('total'), closed);
    const { updateDescription: _, ...without } = event as typeof event & { updateDescription: unknown };
    const facts = new EventFacts({ ...without, omitted: { updateDescription: true } } as ChangeEvent);
    expect(tellingOf(filter(), facts)).toBe('leave');
  });

  it.each([
    ['items.0.price', 'items.price', 'leave'],
    ['items', 'items.price', 'leave'],
    ['items.price.currency', 'items.price', 'leave'],
    ['itemsTotal', 'items', undefined],
  ])('an update of %s concerns a where on %s: %s', (changed, asked, telling) => {
    expect(tellingOf(filter({ [asked]: 5 }), new EventFacts(update(touching(changed), { _id: 1 })))).toBe(telling);
  });

  it('a document of another _id has never matched', () => {
    const update2 = make.anUpdate<BsonDocument>(NS, 2, { ...touching('a'), fullDocument: null });
    const events: ChangeEvent[] = [make.aDelete<BsonDocument>(NS, 2), update2];
    for (const event of events) expect(tellingOf(filter({ _id: 1 }), new EventFacts(event))).toBe(undefined);
    expect(tellingOf(filter({ _id: 1 }), new EventFacts(make.aDelete(NS, 1)))).toBe('event');
  });
});

describe('operations', () => {
  const set = (...operations: Operation[]) => new Set(operations);

  it.each<[string, Partial<ChangeFilter>, ChangeEvent, Telling]>([
    ['not asked for', { operations: set('insert') }, make.aReplace(NS, open), undefined],
    ['not asked for, that takes it out', { operations: set('insert') }, make.aReplace(NS, closed), 'leave'],
    [
      'a delete that is not asked for',
      { operations: set('insert') },
      make.aDelete(NS, { _id: 1, status: 'open' }),
      'leave',
    ],
    ['not granted', { permitted: set('insert') }, make.aReplace(NS, open), undefined],
    ['not granted, that would take it out', { permitted: set('insert') }, make.aDelete(NS, 1), undefined],
    ['the end of a collection, with deletes granted', { permitted: set('delete') }, make.aDrop(NS), 'event'],
    ['the end of a collection, without', { permitted: set('insert') }, make.aDrop(NS), undefined],
  ])('%s', (_, rest, event, telling) => {
    expect(tellingOf(filter({ status: 'open' }, rest), new EventFacts(event))).toBe(telling);
  });

  it('a delete that is not asked for still leaves a live collection of everything', () => {
    const all = filter({}, { operations: set('insert') });
    expect(tellingOf(all, new EventFacts(make.aDelete(NS, 1)))).toBe('leave');
  });
});

function omitting(field: 'fullDocument') {
  return { [field]: undefined as never, omitted: { [field]: true as const } };
}
