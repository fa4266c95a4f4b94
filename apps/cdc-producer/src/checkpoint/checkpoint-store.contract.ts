import { Timestamp } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointSave, CheckpointStore, StoredPosition } from './checkpoint.js';
import type { PositionChange } from './position-change.js';

/** An adapter with what stands around it in a producer. */
export interface StoreUnderContract {
  readonly store: CheckpointStore;
  /** Takes the stream as its next holder does; answers the epoch. */
  take(stream: string): Promise<number>;
  setPaused(stream: string, isPaused: boolean): Promise<void>;
  /** Does something with a store whose process is killed meanwhile, at some moment or other. */
  killedDuring(work: (dying: CheckpointStore) => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

const KILLS = 12;
const STREAM = 'shop';

const time = (t: number) => new Timestamp({ t, i: 1 });
const saveOf = (serial: number): CheckpointSave => ({
  last: { clusterTime: time(1_000 + serial), generation: 0, ordinal: serial },
  readTo: { token: { _data: `token ${serial}` }, time: time(1_000 + serial) },
  pipelineHash: `hash ${serial}`,
  generation: 0,
  serial,
});
const changeTo = (t: number): PositionChange => ({
  by: 'ann',
  reason: `to ${t}`,
  request: String(t),
  to: { readTo: { token: null, time: time(t) }, pipelineHash: 'new' },
});

/** What every adapter keeps; each runs it in a spec of its own. */
export function checkpointStoreContract(adapter: string, open: () => Promise<StoreUnderContract>): void {
  let under: StoreUnderContract;
  beforeEach(async () => void (under = await open()));
  afterEach(() => under.close());

  const read = async (): Promise<StoredPosition> => {
    const position = await under.store.read(STREAM);
    if (position === undefined) throw new Error('nothing there');
    return position;
  };
  const numbers = async (page: { limit: number; before?: number }) =>
    (await under.store.history(STREAM, page)).map(({ number }) => number);

  describe(`${adapter} as a checkpoint store`, () => {
    it('has nothing of a stream that nobody has taken', async () => {
      expect(await under.store.read(STREAM)).toBeUndefined();
      expect(await numbers({ limit: 10 })).toEqual([]);
    });

    it('gives back the last saved position', async () => {
      const epoch = await under.take(STREAM);
      expect(await read()).toMatchObject({ epoch, serial: 0, generation: 0, checkpoint: null, savedAt: null });
      for (const serial of [1, 2]) expect(await under.store.save(STREAM, epoch, saveOf(serial))).toBe('saved');
      const { last, readTo, pipelineHash } = saveOf(2);
      expect(await read()).toMatchObject({ checkpoint: { last, readTo }, pipelineHash, serial: 2, isPaused: false });
      expect((await read()).savedAt).toBeInstanceOf(Date);
    });

    it('answers "ignored" to a save sent before the saved one, and keeps the later', async () => {
      const epoch = await under.take(STREAM);
      await under.store.save(STREAM, epoch, saveOf(2));
      expect(await under.store.save(STREAM, epoch, saveOf(1))).toBe('ignored');
      expect(await under.store.save(STREAM, epoch, saveOf(2))).toBe('ignored');
      expect(await read()).toMatchObject({ serial: 2, pipelineHash: 'hash 2' });
    });

    it('answers "fenced" to a save of an earlier epoch and changes nothing', async () => {
      const earlier = await under.take(STREAM);
      await under.store.save(STREAM, earlier, saveOf(1));
      const epoch = await under.take(STREAM);
      expect(epoch).toBe(earlier + 1);
      expect(await under.store.save(STREAM, earlier, saveOf(2))).toBe('fenced');
      expect(await read()).toMatchObject({ epoch, pipelineHash: 'hash 1' });
      expect(await under.store.save(STREAM, epoch, saveOf(1))).toBe('saved');
    });

    it('keeps either the old or the new position, whole, when killed in the middle of a save', async () => {
      const epoch = await under.take(STREAM);
      await under.store.save(STREAM, epoch, saveOf(1));
      for (let serial = 2; serial < 2 + KILLS; serial++) {
        await under.killedDuring((dying) => dying.save(STREAM, epoch, saveOf(serial)));
        const found = await read();
        expect(found.serial).toBeLessThanOrEqual(serial);
        const { last, readTo, pipelineHash } = saveOf(found.serial);
        expect(found).toMatchObject({ checkpoint: { last, readTo }, pipelineHash });
      }
    });

    describe("with an operator's change", () => {
      const pausedAt = async (serial: number): Promise<StoredPosition> => {
        const epoch = await under.take(STREAM);
        if (serial > 0) await under.store.save(STREAM, epoch, saveOf(serial));
        await under.setPaused(STREAM, true);
        return read();
      };

      it('raises epoch and generation with it: who held the stream before is fenced, and the next takes the new', async () => {
        const before = await pausedAt(3);
        const after = await under.store.change(before, changeTo(500));
        expect(after).toMatchObject({ epoch: before.epoch + 1, generation: 1, serial: 0, pipelineHash: 'new' });
        expect(await read()).toEqual(after);
        expect(after?.checkpoint).toEqual({ last: null, readTo: { token: null, time: time(500) } });
        expect(await under.store.save(STREAM, before.epoch, saveOf(4))).toBe('fenced');
        expect(await read()).toEqual(after);
        await under.setPaused(STREAM, false);
        expect(await under.take(STREAM)).toBe(before.epoch + 2);
      });

      it('refuses one by what was seen before a save, a taking or another change', async () => {
        const first = await pausedAt(1);
        await under.store.save(STREAM, first.epoch, saveOf(2));
        expect(await under.store.change(first, changeTo(500))).toBeUndefined();
        const seen = await read();
        await under.setPaused(STREAM, false);
        await under.take(STREAM);
        await under.setPaused(STREAM, true);
        expect(await under.store.change(seen, changeTo(500))).toBeUndefined();
        const again = await read();
        expect(await under.store.change(again, changeTo(500))).toBeDefined();
        expect(await under.store.change(again, changeTo(600))).toBeUndefined();
        expect(await numbers({ limit: 10 })).toEqual([1]);
      });

      it('refuses one of a stream that is not paused', async () => {
        const seen = await pausedAt(1);
        await under.setPaused(STREAM, false);
        expect(await under.store.change(seen, changeTo(500))).toBeUndefined();
        expect(await read()).toMatchObject({ pipelineHash: 'hash 1', generation: 0 });
      });

      it('lets the generation survive a deletion', async () => {
        const moved = await under.store.change(await pausedAt(1), changeTo(500));
        if (moved === undefined) throw new Error('not moved');
        const removal = { by: 'bob', reason: 'begin anew', request: 'delete', to: null };
        expect(await under.store.change(moved, removal)).toMatchObject({
          checkpoint: null,
          savedAt: null,
          pipelineHash: null,
          generation: 2,
          epoch: moved.epoch + 1,
        });
      });

      it('keeps a trail of who, when, why, from and to, newest first, in pages', async () => {
        let seen = await pausedAt(2);
        for (const t of [500, 600, 700]) seen = (await under.store.change(seen, changeTo(t))) ?? seen;
        const [newest, ...others] = await under.store.history(STREAM, { limit: 10 });
        expect(newest).toMatchObject({ number: 3, by: 'ann', reason: 'to 700', request: '700' });
        expect(newest?.at).toBeInstanceOf(Date);
        expect(newest?.before).toEqual(others[0]?.after);
        expect(newest?.after).toEqual({
          epoch: seen.epoch,
          generation: 3,
          last: null,
          readTo: { token: null, time: time(700) },
        });
        const { last, readTo } = saveOf(2);
        expect(others.at(-1)?.before).toEqual({ epoch: seen.epoch - 3, generation: 0, last, readTo });
        expect(await numbers({ limit: 2 })).toEqual([3, 2]);
        expect(await numbers({ limit: 2, before: 2 })).toEqual([1]);
      });

      /** Position and trail of one moment: what a killed process had sent may still land. */
      const settled = async () => {
        for (;;) {
          const position = await read();
          const lines = await under.store.history(STREAM, { limit: 100 });
          if ((await read()).epoch === position.epoch) return { position, lines };
        }
      };

      it('keeps the old or the new position when killed in the middle, and never a new one without its line', async () => {
        const first = await pausedAt(1);
        for (let t = 1; t <= KILLS; t++) {
          const before = await read();
          await under.killedDuring((dying) => dying.change(before, changeTo(t)));
          const { position, lines } = await settled();
          expect(lines).toHaveLength(position.generation);
          if (lines[0] === undefined) expect(position).toEqual(first);
          else {
            const { epoch, generation, checkpoint } = position;
            const { last = null, readTo = null } = checkpoint ?? {};
            expect(lines[0].after).toEqual({ epoch, generation, last, readTo });
          }
        }
      });
    });
  });
}
