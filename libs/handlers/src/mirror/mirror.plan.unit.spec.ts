import type { BsonDocument, DocumentEvent } from '@sluice/contracts';
import { aDelete, anInsert, anUpdate, aReplace } from '@sluice/testing';
import { Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { MemoryMirrorStore } from './memory-mirror.store.fixture.spec.js';
import { planUnread } from './mirror.plan.js';
import { MirrorWriter } from './mirror.writer.js';
import { withUpdate } from './update.description.js';

const clock = { now: () => new Date('2030-01-01T00:00:00Z') };

async function applied(...events: DocumentEvent[]) {
  const store = new MemoryMirrorStore();
  const writer = new MirrorWriter(store, 3_600_000, clock);
  const { failures } = await writer.apply(events);
  return {
    store,
    writer,
    codes: [...failures.values()].map((error) => (error as { code: string }).code),
    documents: [...store.states.values()].map(({ document }) => document),
  };
}

describe('what an update did', () => {
  const apply = (document: object, description: Parameters<typeof withUpdate>[1]) =>
    withUpdate(document as Record<string, unknown>, description);

  it.each([
    [{ a: { b: 1 } }, { updatedFields: { 'a.c.d': 2 } }, { a: { b: 1, c: { d: 2 } } }],
    [
      { a: [1, 2, 3, 4] },
      { truncatedArrays: [{ field: 'a', newSize: 2 }], updatedFields: { 'a.0': 9 } },
      { a: [9, 2] },
    ],
    [{ a: [{ x: 1 }] }, { updatedFields: { 'a.0.x': 2, 'a.2': 3 } }, { a: [{ x: 2 }, null, 3] }],
    [{ a: { 0: 'x' } }, { updatedFields: { 'a.0': 'y' } }, { a: { 0: 'y' } }],
    [{ a: 1, b: 2 }, { removedFields: ['a', 'c.d'] }, { b: 2 }],
    [
      { 'a.b': 1, $c: 1 },
      { updatedFields: { 'a.b': 2, $c: 3 }, disambiguatedPaths: { 'a.b': ['a.b'] } },
      { 'a.b': 2, $c: 3 },
    ],
    [{ a: { 0: 1 } }, { updatedFields: { 'a.0': 2 }, disambiguatedPaths: { 'a.0': ['a', '0'] } }, { a: { 0: 2 } }],
  ])('is done to %j by %j', (document, description, expected) => {
    const original = structuredClone(document);
    expect(apply(document, description)).toEqual({ isApplied: true, document: expected });
    expect(document).toEqual(original);
  });

  it.each([
    [{ a: 5 }, { updatedFields: { 'a.b': 1 } }, '"b" leads into a value that has no fields'],
    [{ a: new Date(0) }, { updatedFields: { 'a.b': 1 } }, 'has no fields'],
    [{ a: Long.ONE }, { updatedFields: { 'a.low': 1 } }, 'has no fields'],
    [{ a: [1] }, { updatedFields: { 'a.b': 1 } }, '"b" is no element of an array'],
    [{ a: 5 }, { truncatedArrays: [{ field: 'a', newSize: 1 }] }, '"a" is to be shortened and is no array'],
    [{ 'a.b': 1 }, { updatedFields: { 'a.b': 2 } }, '"a.b" may also mean the field named "a.b"'],
  ])('does not fit %j: %j', (document, description, why) => {
    expect(apply(document, description)).toEqual({ isApplied: false, why: expect.stringContaining(why) as string });
  });
});

describe('what is written without having been read', () => {
  const insert: DocumentEvent = anInsert('shop.orders', { _id: 1 });
  const update: DocumentEvent = anUpdate<BsonDocument>('shop.orders', 1, { updatedFields: { total: 2 } });
  const remove: DocumentEvent = aDelete('shop.orders', 1);
  const replace: DocumentEvent = aReplace('shop.orders', { _id: 1 });

  it.each([
    ['an insert, to where nothing is', [insert], 'absent'],
    ['an insert with updates behind it, to where nothing is', [insert, update], 'absent'],
    ['an insert behind a delete, to where something older may be', [remove, insert], 'below'],
    ['a replacement, to where something older may be', [replace], 'below'],
    ['a delete, to where something older may be', [insert, remove], 'below'],
    ['an update alone: nothing', [update], undefined],
  ] as const)('is %s', (_, events, guard) => {
    const risen = events.map((event, ordinal) => ({ ...event, position: { ...insert.position, ordinal } }));
    expect(planUnread(risen)?.write?.guard.kind).toBe(guard);
  });
});

describe('a mirror', () => {
  it('writes several changes of a document at once, and counts one write', async () => {
    const insert = anInsert('shop.orders', { _id: 1, total: 1 });
    const { documents, writer } = await applied(
      insert,
      anUpdate('shop.orders', 1, { updatedFields: { total: 2 }, fullDocument: { _id: 1, total: 9 } }),
    );
    expect(documents).toEqual([{ _id: 1, total: 2 }]); // the change, not the newer document that was looked up
    expect(writer.counters.written).toBe(1);
    await writer.apply([insert]);
    expect(writer.counters).toMatchObject({ written: 1, overtaken: 1 });
  });

  it('takes the looked-up document where it has none, or where the update does not fit the one it has', async () => {
    const update = (id: number) =>
      anUpdate('shop.orders', id, { updatedFields: { 'a.b': 1 }, fullDocument: { _id: id, a: { b: 1 } } });
    const { documents } = await applied(update(1), anInsert('shop.orders', { _id: 2, a: 5 }), update(2));
    expect(documents).toEqual([
      { _id: 1, a: { b: 1 } },
      { _id: 2, a: { b: 1 } },
    ]);
  });

  it('says what it cannot apply, goes on with the other documents and keeps what came before', async () => {
    const { codes, documents, writer } = await applied(
      anUpdate<BsonDocument>('shop.orders', 1, { updatedFields: { a: 1 } }), // no look-up
      anUpdate<BsonDocument>('shop.orders', 2, { updatedFields: { a: 1 }, fullDocument: null }), // looked up and gone
      anInsert('shop.orders', { _id: 3, a: 5 }),
      anUpdate<BsonDocument>('shop.orders', 3, { updatedFields: { 'a.b': 1 } }),
      anInsert('shop.orders', { _id: 4, _sluice: 1 }),
      anInsert('shop.orders', { _id: 5 }),
    );
    expect(codes.sort()).toEqual([
      'SLUICE-MIRROR-CHANGE-INAPPLICABLE',
      'SLUICE-MIRROR-DOCUMENT-UNKNOWN',
      'SLUICE-MIRROR-FIELD-RESERVED',
    ]);
    expect(documents).toEqual(expect.arrayContaining([{ _id: 3, a: 5 }, { _id: 5 }]));
    expect(documents).toHaveLength(2);
    expect(writer.counters).toMatchObject({ unknown: 1, refused: 3 });
  });

  it('remembers deletes, and does not bring back what a dead letter brings later than that', async () => {
    const insert = anInsert('shop.orders', { _id: 1 });
    const { writer, store } = await applied(insert, aDelete('shop.orders', 1));
    await writer.apply([insert], () => true);
    expect([...store.states.values()]).toEqual([{ position: expect.any(String), document: undefined }]);
    store.states.clear(); // its time to live is over
    const { failures } = await writer.apply([insert], () => true);
    expect([...failures.values()]).toMatchObject([{ code: 'SLUICE-MIRROR-EVENT-EXPIRED', reason: 'expired' }]);
    expect(store.states.size).toBe(0);
    expect((await writer.apply([insert])).failures.size).toBe(0); // not a dead letter: it is late, and not overtaken
  });

  it('finds the one event of several that its server refuses', async () => {
    const store = new MemoryMirrorStore();
    const { write } = store;
    store.write = async (writes) => {
      const outcomes = await write.call(
        store,
        writes.filter(({ document }) => document?.['total'] !== 2),
      );
      return writes.map(({ document }) =>
        document?.['total'] === 2
          ? { kind: 'failed', error: new Error('refused') }
          : (outcomes.shift() ?? { kind: 'written' }),
      );
    };
    const events = [1, 2].map((total) => aReplace('shop.orders', { _id: 1, total }));
    const { failures } = await new MirrorWriter(store, 1, clock).apply(events);
    expect([...failures.keys()]).toEqual([events[1]]);
    expect([...store.states.values()].map(({ document }) => document)).toEqual([{ _id: 1, total: 1 }]);
  });
});
