import { beforeEach, describe, expect, it } from 'vitest';
import type { CrashStore } from './crash.store.js';

const QUEUE = 'sluice.default.0';
const CALL = { handler: 'Orders.handle', event: 'e1', letter: null };

/** What every store of what a death leaves behind keeps to. `open`: an empty one. */
export function crashStoreContract(adapter: string, open: () => Promise<CrashStore>): void {
  describe(`${adapter} as a store of what a death leaves behind`, () => {
    let store: CrashStore;
    beforeEach(async () => {
      store = await open();
    });

    it('tells who had a partition and what was noted of it, of each partition its own', async () => {
      expect(await store.take(QUEUE, 'first')).toBeUndefined();
      expect(await store.note(QUEUE, 'first', ['e1', 'e2'])).toBe(true);
      expect(await store.take('another', 'first')).toBeUndefined();
      expect(await store.take(QUEUE, 'second')).toEqual({ holder: 'first', noted: ['e1', 'e2'] });
      expect(await store.take(QUEUE, 'third')).toEqual({ holder: 'second', noted: ['e1', 'e2'] });
    });

    it('tells nothing of a holder that was through, and of one that left only what was left', async () => {
      await store.take(QUEUE, 'first');
      await store.note(QUEUE, 'first', ['e1', 'e2']);
      await store.leave(QUEUE, 'first', ['e2']);
      expect(await store.take(QUEUE, 'second')).toEqual({ holder: 'first', noted: ['e2'] });
      await store.release(QUEUE, 'second');
      expect(await store.take(QUEUE, 'third')).toBeUndefined();
    });

    it('lets a holder change nothing that another has taken', async () => {
      await store.take(QUEUE, 'frozen');
      await store.take(QUEUE, 'second');
      await store.note(QUEUE, 'second', ['e1']);
      expect(await store.note(QUEUE, 'frozen', ['e9'])).toBe(false);
      await store.leave(QUEUE, 'frozen', []);
      await store.release(QUEUE, 'frozen');
      expect(await store.take(QUEUE, 'third')).toEqual({ holder: 'second', noted: ['e1'] });
    });

    it('counts the holders that have not ended a call, this one left out, however often it asks', async () => {
      expect(await store.begin(CALL, 'first')).toBeUndefined();
      expect(await store.begin(CALL, 'first')).toBeUndefined();
      expect(await store.begin(CALL, 'second')).toMatchObject({ attempts: 1 });
      const { attempts, firstFailedAt } = (await store.begin(CALL, 'third')) ?? {};
      expect([attempts, firstFailedAt]).toEqual([2, expect.any(Date)]);
      for (const other of [{ handler: 'Other.handle' }, { event: 'e2' }, { letter: 'l1' }])
        expect(await store.begin({ ...CALL, ...other }, 'fourth')).toBeUndefined();
    });

    it('counts a call no more that has ended, and after a success none of those before', async () => {
      await store.begin(CALL, 'dead');
      await store.begin(CALL, 'second');
      await store.end(CALL, 'second', false);
      expect(await store.begin(CALL, 'third')).toMatchObject({ attempts: 1 });
      await store.end(CALL, 'third', true);
      expect(await store.begin(CALL, 'fourth')).toBeUndefined();
    });
  });
}
