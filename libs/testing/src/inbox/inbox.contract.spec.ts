import type { Inbox, InboxEntry, InboxWork } from '@sluice/handlers';
import { Long, Timestamp } from 'bson';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

export const CONTRACT_TTL_MS = 3_600_000;

/** An inbox, and a place that handlers write to with its session. */
export interface InboxUnderTest {
  readonly inbox: Inbox;
  /** Writes a line that is there once the inbox has committed it. */
  write(line: string, session: Parameters<InboxWork>[0]): Promise<void>;
  /** What was committed, in its order. */
  written(): Promise<string[]>;
  /** As the time to live would in the end: entries, or tombstones, are gone. */
  forget(what: 'entries' | 'tombstones'): Promise<void>;
  close(): Promise<void>;
}

type Changes = Partial<Omit<InboxEntry, 'position'>> & { readonly at?: [number, number?, number?] };

/** One for the whole run: read anew, two events of one second would now and then have two. */
const START_S = Math.floor(Date.now() / 1000);

/** An event of document 1; `at`: seconds from the run's start, generation, ordinal. */
export function anEntry(eventId: string, { at: [t, generation = 0, ordinal = 0] = [0], ...changes }: Changes = {}) {
  const clusterTime = new Timestamp({ t: START_S + t, i: 1 });
  return {
    group: 'group',
    handler: 'Handler.handle',
    stream: 'main',
    document: { namespace: 'shop.orders', id: 1, deleted: false },
    replayed: false,
    eventId,
    position: { clusterTime, generation, ordinal },
    ...changes,
  } satisfies InboxEntry;
}

const deleted = { namespace: 'shop.orders', id: 1, deleted: true } as const;

/** What every inbox does, whatever it is kept in. */
export function inboxContract(adapter: string, open: () => Promise<InboxUnderTest>): void {
  describe(`${adapter} as an inbox`, () => {
    let under: InboxUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    const handle = async (entry: InboxEntry) => {
      const { kind } = await under.inbox.handle(entry, (session) => under.write(entry.eventId, session));
      return kind;
    };
    const failing = (entry: InboxEntry, error: Error) =>
      under.inbox.handle(entry, async (session) => {
        await under.write(entry.eventId, session);
        throw error;
      });

    it('handles an event once, and knows it afterwards', async () => {
      const entry = anEntry('a');
      expect([await handle(entry), await handle(entry), await handle(entry)]).toEqual([
        'handled',
        'repeated',
        'repeated',
      ]);
      expect(await under.written()).toEqual(['a']);
    });

    it('passes on the error of a handler as it is, and has then seen nothing', async () => {
      const error = new RangeError('mine');
      await expect(failing(anEntry('a'), error)).rejects.toBe(error);
      expect(await handle(anEntry('a'))).toBe('handled');
    });

    it('keeps groups, handlers, namespaces and documents apart', async () => {
      const others: Changes[] = [
        { group: 'other' },
        { handler: 'Handler.other' },
        { eventId: 'b', document: { namespace: 'shop.other', id: 1, deleted: false }, at: [-5] },
        { eventId: 'c', document: { namespace: 'shop.orders', id: '1', deleted: false }, at: [-5] },
      ];
      await handle(anEntry('a'));
      for (const other of others) expect(await handle(anEntry('a', other))).toBe('handled');
    });

    it('lets no change of a document come after a later one, which may then still be reported as often as it comes', async () => {
      await handle(anEntry('first', { at: [-2] }));
      await handle(anEntry('third'));
      const second = anEntry('second', { at: [-1] });
      const outcomes = [
        await under.inbox.handle(second, () => Promise.reject(new Error('called'))),
        await handle(second),
      ];
      expect(outcomes[0]).toMatchObject({ kind: 'superseded', by: { eventId: 'third' } });
      expect(outcomes[1]).toBe('superseded');
      expect(await handle(anEntry('first', { at: [-2] }))).toBe('repeated');
      expect(await under.written()).toEqual(['first', 'third']);
    });

    it('takes ids for the same document that are the same to MongoDB', async () => {
      await handle(anEntry('a'));
      const long = { namespace: 'shop.orders', id: Long.fromNumber(1), deleted: false };
      expect(await handle(anEntry('b', { document: long, at: [-1] }))).toBe('superseded');
    });

    it('orders what shares a cluster time by its ordinal', async () => {
      await handle(anEntry('second', { at: [0, 0, 2] }));
      expect(await handle(anEntry('first', { at: [0, 0, 1] }))).toBe('superseded');
      expect(await handle(anEntry('third', { at: [0, 0, 3] }))).toBe('handled');
    });

    it('lets ids decide within one cluster time after a change of generation', async () => {
      // B0 B1 A2 A3 of one transaction; after A2 a narrower filter counts A0 A1.
      await handle(anEntry('A first', { at: [0, 0, 2] }));
      expect(await handle(anEntry('A first', { at: [0, 1, 0] }))).toBe('repeated');
      expect(await handle(anEntry('A second', { at: [0, 1, 1] }))).toBe('handled');
      // What the first numbering still has under way, after the second has gone ahead.
      expect(await handle(anEntry('A second', { at: [0, 0, 3] }))).toBe('repeated');
      expect(await handle(anEntry('A third', { at: [0, 0, 4] }))).toBe('handled');
      expect(await handle(anEntry('A before', { at: [-1, 0, 0] }))).toBe('superseded');
      expect(await handle(anEntry('A zeroth', { at: [0, 1, 0] }))).toBe('superseded');
    });

    it('compares no ordinals of two streams', async () => {
      await handle(anEntry('a', { at: [0, 0, 5] }));
      expect(await handle(anEntry('b', { at: [0, 0, 1], stream: 'other' }))).toBe('handled');
    });

    it('knows a deleted document by its tombstone', async () => {
      await handle(anEntry('delete', { document: deleted }));
      expect(await handle(anEntry('insert', { at: [-1] }))).toBe('superseded');
      expect(await handle(anEntry('insert again', { at: [1] }))).toBe('handled');
      await under.forget('tombstones');
      expect(await handle(anEntry('delete late', { document: deleted, at: [0, 0, 1] }))).toBe('superseded');
    });

    it('refuses a dead letter that is older than tombstones are kept, where nothing is known of its document', async () => {
      const old = -2 * (CONTRACT_TTL_MS / 1000);
      await handle(anEntry('delete', { document: deleted }));
      await under.forget('tombstones');
      expect(await handle(anEntry('old', { at: [old], replayed: true }))).toBe('expired');
      expect(await handle(anEntry('old', { at: [old], replayed: true }))).toBe('expired');
      expect(await handle(anEntry('young', { at: [CONTRACT_TTL_MS / 1000], replayed: true }))).toBe('handled');
      const backlog = { at: [old] as [number], document: { ...deleted, id: 2 } };
      expect(await handle(anEntry('an old backlog is no dead letter', backlog))).toBe('handled');
    });

    it('knows the last change of a document after its entry is gone', async () => {
      await handle(anEntry('a'));
      await under.forget('entries');
      expect(await handle(anEntry('a'))).toBe('repeated');
      expect(await under.written()).toEqual(['a']);
    });

    it('keeps events of no document by their ids alone', async () => {
      const { document: _, ...later } = anEntry('later');
      const { document: __, ...earlier } = anEntry('earlier', { at: [-9] });
      expect([await handle(later), await handle(earlier), await handle(later)]).toEqual([
        'handled',
        'handled',
        'repeated',
      ]);
    });

    it('commits one of several deliveries of an event at the same time', async () => {
      const entry = anEntry('a');
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => handle(entry)));
      expect(outcomes.sort()).toEqual(['handled', 'repeated', 'repeated', 'repeated']);
      expect(await under.written()).toEqual(['a']);
    });

    it('never commits an earlier change behind a later one, handled at the same time', async () => {
      for (let round = 0; round < 5; round++) {
        const document = { namespace: 'shop.orders', id: `document ${String(round)}`, deleted: false };
        const pair = [
          anEntry(`${String(round)} early`, { document, at: [-1] }),
          anEntry(`${String(round)} late`, { document }),
        ];
        await Promise.all(pair.map(handle));
        const lines = (await under.written()).filter((line) => line.startsWith(`${String(round)} `));
        expect([[`${String(round)} late`], [`${String(round)} early`, `${String(round)} late`]]).toContainEqual(lines);
      }
    });
  });
}
