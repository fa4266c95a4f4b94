import { canonicalKeyOf, positionKey, type DocumentEvent } from '@sluice/contracts';
import { EventBuilder } from '@sluice/testing';
import { Timestamp } from 'bson';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryMirrorStore } from './memory-mirror.store.fixture.spec.js';
import { deeds, historyOf, stateName, type History } from './mirror-history.fixture.spec.js';
import { MirrorWriter } from './mirror.writer.js';

const clock = { now: () => new Date('2026-01-02T00:00:00Z') };
const DAY_MS = 86_400_000;

/** Where a delivery begins again, and the sizes of the batches behind it. */
const deliveries = fc.array(fc.record({ from: fc.nat(24), sizes: fc.array(fc.integer({ min: 1, max: 6 })) }), {
  maxLength: 3,
});

/** Runs of repeats, each in order and none behind what came last, as a broker brings them; the last one is whole. */
function batchesOf(events: readonly DocumentEvent[], runs: readonly { from: number; sizes: readonly number[] }[]) {
  const batches: DocumentEvent[][] = [];
  let reached = 0;
  for (const { from, sizes } of [...runs, { from: 0, sizes: [events.length] }]) {
    let at = Math.min(from, reached);
    for (const size of sizes) {
      batches.push(events.slice(at, at + size));
      at = Math.min(at + size, events.length);
    }
    reached = Math.max(reached, at);
  }
  return batches.filter((batch) => batch.length > 0);
}

/** Remembers every state that goes back, and every one that the source never had. */
function watched(store: MemoryMirrorStore, { states }: History): string[] {
  const faults: string[] = [];
  store.onWritten = (key, before, write) => {
    if ((before?.position ?? '') >= write.position) faults.push(`${key} goes back to ${write.position}`);
    const expected = states.get(stateName(write.id, write.position));
    if (JSON.stringify(expected) !== JSON.stringify(write.document)) faults.push(`${key}: a state that never was`);
  };
  return faults;
}

function expectSource(store: MemoryMirrorStore, { final }: History): void {
  const living = [...store.states.values()].flatMap(({ document }) => (document === undefined ? [] : [document]));
  const byId = (a: { _id?: unknown }, b: { _id?: unknown }) => Number(a._id) - Number(b._id);
  expect(living.sort(byId)).toEqual([...final.values()].sort(byId));
}

it('two writers with any repeats and any interleaving: equal in the end, and no document ever goes back', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, deliveries, deliveries, fc.scheduler(), async (plan, first, second, scheduler) => {
      const history = historyOf(plan);
      const store = new MemoryMirrorStore();
      const faults = watched(store, history);
      const failures: unknown[] = [];
      const replica = async (name: string, runs: typeof first) => {
        const writer = new MirrorWriter(
          store.seenBy(() => scheduler.schedule(Promise.resolve(), name)),
          DAY_MS,
          clock,
        );
        for (const batch of batchesOf(history.events, runs))
          failures.push(...(await writer.apply(batch)).failures.values());
      };
      const both = Promise.all([replica('first', first), replica('second', second)]);
      await scheduler.waitFor(both);
      expect(failures).toEqual([]);
      expect(faults).toEqual([]);
      expectSource(store, history);
    }),
    { numRuns: 300 },
  );
});

it('a collection that is dropped and filled again holds the new documents alone, whoever is late', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, deeds, fc.scheduler(), async (before, after, scheduler) => {
      const { events } = historyOf(before);
      const again = historyOf(after);
      const later = again.events.map((event) => ({ ...event, position: { ...event.position, generation: 1 } }));
      const inTime = events.map((event) => withSeconds(event, 1_000));
      const [floor, behind] = [withSeconds(again.events[0], 2_000), later.map((event) => withSeconds(event, 3_000))];
      if (floor === undefined) return;
      const store = new MemoryMirrorStore();
      const writerAt = (name: string) =>
        new MirrorWriter(
          store.seenBy(() => scheduler.schedule(Promise.resolve(), name)),
          DAY_MS,
          clock,
        );
      const late = async () => {
        const writer = writerAt('late');
        for (const batch of batchesOf(inTime, [])) await writer.apply(batch);
      };
      const next = async () => {
        const writer = writerAt('next');
        await writer.apply(behind.slice(0, 2)); // inserts may come first
        await writer.drop(positionKey(floor.position));
        await writer.apply(behind);
      };
      await scheduler.waitFor(Promise.all([late(), next()]));
      expectSource(store, again);
    }),
    { numRuns: 200 },
  );
});

it('a copy that is made by hand after a drop stays, whichever replica has the next event', async () => {
  const events = new EventBuilder();
  const store = new MemoryMirrorStore();
  const [one, other] = [new MirrorWriter(store, DAY_MS, clock), new MirrorWriter(store, DAY_MS, clock)];
  await other.apply([events.anInsert('shop.orders', { _id: 1, version: 1 })]);
  const late = events.aReplace('shop.orders', { _id: 2, version: 1 });
  await one.drop(positionKey(events.aRename('shop.incoming', 'shop.orders').position));
  const copies = [2, 3].map((_id) => ({ _id, version: 2 }));
  for (const copy of copies) store.states.set(canonicalKeyOf(copy._id), { position: undefined, document: copy });
  await other.apply([late]);
  await other.apply([events.anInsert('shop.orders', { _id: 4, version: 1 })]);
  expect([...store.states.values()].map(({ document }) => document)).toEqual([...copies, { _id: 4, version: 1 }]);
});

/** The event, so much later that the others of its history stay in their order. */
function withSeconds<E extends DocumentEvent | undefined>(event: E, offset: number): E {
  if (event === undefined) return event;
  const { clusterTime } = event.position;
  const moved = new Timestamp({ t: clusterTime.t + offset, i: clusterTime.i });
  return { ...event, position: { ...event.position, clusterTime: moved } };
}
