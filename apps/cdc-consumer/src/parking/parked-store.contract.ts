import { beforeEach, describe, expect, it } from 'vitest';
import type { ParkedEvent } from './parked-event.js';
import type { ParkedStore } from './parked.store.js';

export const LANE = { handler: 'Orders.handle', document: 'd1', bucket: 3 };

export function aParked(eventId: string, changes: Partial<ParkedEvent> = {}): ParkedEvent {
  const delivery = { body: Buffer.from(`body of ${eventId}`), envelope: Buffer.from([1, 2, 0]) };
  const fresh = { attempts: 0, firstFailedAt: null, dueAt: new Date(1_000) };
  return { ...LANE, eventId, position: eventId, delivery, ...fresh, ...changes };
}

/** What every store of parked events keeps to. `open`: an empty one. */
export function parkedStoreContract(adapter: string, open: () => Promise<ParkedStore>): void {
  describe(`${adapter} as a store of parked events`, () => {
    let store: ParkedStore;
    beforeEach(async () => {
      store = await open();
    });

    it('gives a lane its earliest event, whatever the order in which they came, until it is removed', async () => {
      const { epoch, lanes } = await store.take([3]);
      expect(lanes).toEqual([]);
      for (const id of ['e2', 'e1', 'e3']) await store.add(epoch, aParked(id));
      await store.add(epoch, aParked('e0', { document: 'd2' }));
      await store.add(epoch, aParked('e0', { handler: 'Other.handle' }));
      expect(await store.first(epoch, LANE)).toEqual({ ...aParked('e1'), begun: false });
      expect(await store.remove(epoch, aParked('e1'))).toBe(true);
      expect(await store.first(epoch, LANE)).toMatchObject({ eventId: 'e2' });
    });

    it('keeps an event as it is that is parked again', async () => {
      const { epoch } = await store.take([3]);
      await store.add(epoch, aParked('e1', { attempts: 4 }));
      await store.begin(epoch, aParked('e1'));
      await store.add(epoch, aParked('e1'));
      expect(await store.first(epoch, LANE)).toMatchObject({ attempts: 4, begun: true });
    });

    it('keeps what a run has left', async () => {
      const { epoch } = await store.take([3]);
      await store.add(epoch, aParked('e1'));
      expect(await store.begin(epoch, aParked('e1'))).toBe(true);
      const change = { attempts: 2, firstFailedAt: new Date(5), dueAt: new Date(9) };
      expect(await store.postpone(epoch, aParked('e1'), change)).toBe(true);
      expect(await store.first(epoch, LANE)).toEqual({ ...aParked('e1', change), begun: false });
    });

    it('hands everything to the next owner of the bucket, with what had begun, and nothing of other buckets', async () => {
      const { epoch } = await store.take([3, 4]);
      await store.add(epoch, aParked('e1'));
      await store.begin(epoch, aParked('e1'));
      await store.add(epoch, aParked('e2', { bucket: 4, document: 'd2' }));
      const next = await store.take([3]);
      expect(next.lanes).toEqual([LANE]);
      expect(await store.first(next.epoch, LANE)).toMatchObject({ eventId: 'e1', begun: true });
      expect([await store.isOwner(epoch, 3), await store.isOwner(epoch, 4)]).toEqual([false, true]);
    });

    it('gives an epoch to each of several that take their first buckets at once', async () => {
      const taken = await Promise.all([1, 2, 3, 4].map((bucket) => store.take([bucket])));
      expect(new Set(taken.map(({ epoch }) => epoch)).size).toBe(4);
    });

    it('lets an owner change nothing that another has taken over', async () => {
      const { epoch } = await store.take([3]);
      await store.add(epoch, aParked('e1'));
      const next = await store.take([3]);
      const change = { attempts: 9, firstFailedAt: null, dueAt: new Date(0) };
      expect(await store.begin(epoch, aParked('e1'))).toBe(false);
      expect(await store.postpone(epoch, aParked('e1'), change)).toBe(false);
      expect(await store.remove(epoch, aParked('e1'))).toBe(false);
      await store.add(epoch, aParked('e1', { attempts: 7 }));
      expect(await store.first(epoch, LANE)).toBeUndefined();
      expect(await store.first(next.epoch, LANE)).toEqual({ ...aParked('e1'), begun: false });
    });

    it('never brings back what a lost owner adds late', async () => {
      const { epoch } = await store.take([3]);
      const next = await store.take([3]);
      await store.add(epoch, aParked('e1')); // never acknowledged: the next owner gets it from the broker
      expect(await store.first(next.epoch, LANE)).toBeUndefined();
      expect((await store.take([3])).lanes).toEqual([]);
    });

    it('lets the owner park what a lost one has added late', async () => {
      const { epoch } = await store.take([3]);
      const next = await store.take([3]);
      await store.add(epoch, aParked('e1', { attempts: 1 }));
      await store.add(next.epoch, aParked('e1', { attempts: 2 }));
      expect(await store.first(next.epoch, LANE)).toMatchObject({ attempts: 2 });
    });

    it('counts documents, each once a handler, whoever has them', async () => {
      const { epoch } = await store.take([3, 4]);
      expect(await store.count()).toBe(0);
      await store.add(epoch, aParked('e1'));
      await store.add(epoch, aParked('e2'));
      await store.add(epoch, aParked('e3', { document: 'another' }));
      await store.take([3]);
      expect(await store.count()).toBe(2);
    });

    it('tells the buckets of overdue events', async () => {
      const { epoch } = await store.take([3, 4]);
      await store.add(epoch, aParked('e1'));
      await store.add(epoch, aParked('e2'));
      await store.add(epoch, aParked('e3', { bucket: 4, dueAt: new Date(2_000) }));
      expect(await store.overdue(new Date(1_500))).toEqual([3]);
    });
  });
}
