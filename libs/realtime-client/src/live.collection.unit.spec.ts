import type { RealtimeEvent, RealtimeMessageOf } from '@sluice/contracts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveCollection, type CollectionChange, type LiveCollectionRequest } from './live.collection.js';
import type { RealtimeClock } from './realtime.clock.js';
import { RealtimeError } from './realtime.error.js';
import type { SubscriptionRequest } from './realtime.item.js';
import { Subscription, type ItemMessage } from './subscription.js';

interface Order {
  readonly total: number;
}

const ns = { db: 'shop', coll: 'orders' };
const [id, cursor] = ['s1', 'c1.x'];
let opened: Subscription<Order>[];
let told: CollectionChange<Order>[];
let waits: { ms: number; action: () => void }[];
beforeEach(() => {
  waits = [];
  opened = [];
  told = [];
});

function aCollection(request: Partial<LiveCollectionRequest<Order>> = {}): LiveCollection<Order> {
  const link = { start: vi.fn(), hold: vi.fn(), stop: vi.fn() };
  const subscribe = (wanted: SubscriptionRequest): Subscription<Order> => {
    const subscription = new Subscription<Order>(wanted, 1_000, link);
    opened.push(subscription);
    return subscription;
  };
  const clock: RealtimeClock = {
    now: () => 0,
    random: () => 0.25,
    after: (ms, action) => {
      waits.push({ ms, action });
      return () => undefined;
    },
  };
  const collection = new LiveCollection<Order>({ namespace: 'shop.orders', ...request }, subscribe, clock);
  collection.onChange((change) => told.push(change));
  return collection;
}
/** What the server tells the newest subscription, once the collection has read it. */
async function bring(...messages: ItemMessage[]): Promise<void> {
  for (const message of messages) opened.at(-1)?.take(message, 1);
  await new Promise((resolve) => setImmediate(resolve));
}
/** The time passes that the collection waits for. */
async function pass(): Promise<void> {
  for (const { action } of waits.splice(0)) action();
  await new Promise((resolve) => setImmediate(resolve));
}
function page(totals: Record<string, number>, isLast = true): RealtimeMessageOf<'snapshot'> {
  const documents = Object.entries(totals).map(([_id, total]) => ({ documentKey: { _id }, fullDocument: { total } }));
  return { type: 'snapshot', id, documents, ...(isLast ? { cursor } : {}) };
}
function event(change: Partial<RealtimeEvent>): RealtimeMessageOf<'event'> {
  return { type: 'event', id, cursor, event: { id: 'e', stream: 'main', operation: 'update', ns, ...change } };
}
const gap: RealtimeMessageOf<'gap'> = { type: 'gap', id, cursor, reason: 'retention', from: null, to: null };

describe('a live collection', () => {
  it('shows a snapshot when its last page is here, and begins again with one that begins again', async () => {
    const collection = aCollection();
    await bring(page({ a: 1 }, false));
    expect(collection.documents.size).toBe(0);
    opened[0]?.cut();
    await bring(page({ b: 2 }, false), page({ c: 3 }));
    expect([...collection.documents]).toEqual([
      ['"b"', { total: 2 }],
      ['"c"', { total: 3 }],
    ]);
    expect(told).toEqual([{ type: 'reset' }]);
    expect(await collection.ready()).toBe(collection);
  });

  it('keeps what it shows until the snapshot after a gap is here, which it asks for when not all others do', async () => {
    const collection = aCollection();
    await bring(page({ a: 1 }), gap);
    expect([collection.isCurrent, collection.documents.size, opened.length]).toEqual([false, 1, 1]);
    expect(waits.map(({ ms }) => ms)).toEqual([250]);
    await pass();
    expect([collection.isCurrent, collection.documents.size, opened.length]).toEqual([false, 1, 2]);
    await bring(page({ b: 2 }));
    expect([collection.isCurrent, [...collection.documents.keys()]]).toEqual([true, ['"b"']]);
    expect(told).toEqual([{ type: 'reset' }, { type: 'stale', because: 'gap' }, { type: 'reset' }]);
  });

  it('is empty after a drop, and looks again where another collection is renamed to its name', async () => {
    const collection = aCollection();
    const documentKey = { _id: 'b' };
    await bring(page({ a: 1 }), event({ operation: 'drop' }));
    expect(collection.documents.size).toBe(0);
    await bring(event({ operation: 'insert', documentKey, fullDocument: { total: 2 } }));
    await bring(event({ operation: 'rename', to: { db: 'shop', coll: 'old-orders' } }));
    expect(collection.documents.size).toBe(0);
    await bring(event({ operation: 'rename', ns: { db: 'shop', coll: 'new-orders' }, to: ns }));
    await pass();
    expect([told.at(-1), opened.length]).toEqual([{ type: 'stale', because: 'rename' }, 2]);
  });

  it('fetches what was too large for a message, and takes it out, and says so, where that fails', async () => {
    const load = vi.fn<(href: string) => Promise<Order | null>>();
    load.mockResolvedValueOnce({ total: 7 }).mockResolvedValueOnce(null).mockRejectedValueOnce(new Error('503'));
    const collection = aCollection({ load });
    const documentKey = { _id: 'a' };
    const large = event({ documentKey, omitted: ['fullDocument'], href: '/documents/a' });
    await bring(page({ a: 1 }), large);
    expect([...collection.documents.values()]).toEqual([{ total: 7 }]);
    await bring(large);
    expect([collection.documents.size, told.at(-1)]).toEqual([0, { type: 'remove', key: '"a"' }]);
    await bring(large);
    expect(told.at(-1)).toEqual({ type: 'remove', key: '"a"', href: '/documents/a' });
    expect(load).toHaveBeenCalledWith('/documents/a');
  });

  it('fetches what is too large in a snapshot, and says what it could not get once the rest is here', async () => {
    const load = vi.fn<(href: string) => Promise<Order | null>>();
    load.mockResolvedValueOnce({ total: 7 }).mockResolvedValueOnce(null).mockRejectedValueOnce(new Error('503'));
    const collection = aCollection({ load });
    const large = ['a', 'b', 'c'].map((_id) => ({
      documentKey: { _id },
      omitted: ['fullDocument'] as ['fullDocument'],
      href: `/documents/${_id}`,
    }));
    await bring({ type: 'snapshot', id, documents: large }, page({ d: 4 }));
    expect([...collection.documents]).toEqual([
      ['"a"', { total: 7 }],
      ['"d"', { total: 4 }],
    ]);
    expect(told).toEqual([{ type: 'reset' }, { type: 'remove', key: '"c"', href: '/documents/c' }]);
  });

  it('tells of each change once it is in the documents', async () => {
    const collection = aCollection();
    await bring(page({ a: 1 }));
    const seen: unknown[] = [];
    collection.onChange(() => seen.push(collection.documents.get('"a"')?.total));
    const documentKey = { _id: 'a' };
    await bring(event({ documentKey, fullDocument: null, updateDescription: { updatedFields: { total: 5 } } }));
    await bring(event({ operation: 'delete', documentKey }), event({ operation: 'delete', documentKey }));
    expect(seen).toEqual([5, undefined]);
  });

  it('that is refused says so to whoever waits for it, and to whoever comes later', async () => {
    const collection = aCollection();
    const waiting = collection.ready();
    const error = new RealtimeError('SLUICE-REALTIME-INDEX-MISSING', 'needs an index on status');
    opened[0]?.end(error);
    await expect(waiting).rejects.toBe(error);
    await expect(collection.ready()).rejects.toBe(error);
    expect(told).toEqual([{ type: 'end', error }]);
  });

  it('that is closed while it waits takes no snapshot any more', async () => {
    const collection = aCollection();
    await bring(page({ a: 1 }), gap);
    collection.close();
    await pass();
    expect([opened.length, told.at(-1)]).toEqual([1, { type: 'end' }]);
  });

  it('that is closed tells nothing more', async () => {
    const collection = aCollection();
    await bring(page({ a: 1 }));
    collection.close();
    await bring(event({ documentKey: { _id: 'b' }, fullDocument: { total: 2 } }));
    expect([collection.documents.size, told]).toEqual([1, [{ type: 'reset' }, { type: 'end' }]]);
  });
});
