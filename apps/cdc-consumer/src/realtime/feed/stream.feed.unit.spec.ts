import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { encodeChangeEvent } from '@sluice/contracts';
import { EventBuilder, eventually } from '@sluice/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { change, FeedReplica } from './feed-world.fixture.js';
import { encodeCursor, identityOf } from './feed-cursor.codec.js';
import { FeedCursorError } from './feed-cursor.error.js';
import { MemoryStreamQueue } from './memory-stream.queue.fixture.js';

beforeAll(() => Logger.overrideLogger(false)); // each loss is told
afterAll(() => Logger.overrideLogger(true));

let queue: MemoryStreamQueue;
let replicas: FeedReplica[];
beforeEach(() => {
  queue = new MemoryStreamQueue();
  replicas = [];
});
afterEach(() => Promise.all(replicas.map((replica) => replica.stop())));

function aReplica(options: ConstructorParameters<typeof FeedReplica>[1] = {}): FeedReplica {
  const replica = new FeedReplica(queue, options);
  replicas.push(replica);
  return replica;
}

function publish(from: number, to: number, stream = 'a'): void {
  for (let number = from; number <= to; number++) queue.add(...change(stream, number));
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `a ${from + index}`);
/** So little that a few messages at the end are in memory. */
const FORGETFUL = { bufferBytes: 4_000 };

describe('whoever catches up', () => {
  it('shares a reader with all who are further on, so that a crowd costs one', async () => {
    const replica = aReplica(FORGETFUL);
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 300);
    await eventually(() => witness.ids.length === 300);
    const opened = queue.opened;
    const crowd = [...Array(50).keys()].map((index) =>
      replica.follow({ cursor: witness.entries[index]?.cursor ?? '' }),
    );
    await Promise.all(crowd.map(({ joined }) => joined));
    for (const [index, { ids }] of crowd.entries()) expect(ids).toEqual(numbers(index + 2, 300));
    expect(queue.opened - opened).toBe(1);
  });

  it('publishes no mark where a reader is only quicker than the tail, and one for a crowd that is ahead of it', async () => {
    const replica = aReplica(FORGETFUL);
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 60);
    await eventually(() => witness.ids.length === 60);
    const marks = queue.marks;
    const crowd = [...Array(30).keys()].map((index) =>
      replica.follow({ cursor: witness.entries[index]?.cursor ?? '' }),
    );
    publish(61, 90);
    await Promise.all(crowd.map(({ joined }) => joined));
    expect(queue.marks).toBe(marks);
    const ahead = encodeCursor({ queue: queue.name, offset: 900, identity: identityOf('a 900'), heights: [] });
    await Promise.all([...Array(30).keys()].map(() => replica.follow({ cursor: ahead }).joined));
    expect(queue.marks - marks).toBeLessThanOrEqual(2);
  });

  it('waits for nobody who takes for ever, and is not waited for when it leaves', async () => {
    const replica = aReplica(FORGETFUL);
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 100);
    await eventually(() => witness.ids.length === 100);
    const cursor = witness.entries[0]?.cursor ?? '';
    const leaving = new AbortController();
    const stuck = Array.from({ length: 6 }, () =>
      replica.feed.replay(
        { cursor },
        { take: () => new Promise<void>(() => undefined), live: () => undefined },
        leaving.signal,
      ),
    );
    const ends = Promise.allSettled(stuck);
    await nextTurn();
    const quick = replica.follow({ cursor });
    await quick.joined;
    expect(quick.ids).toEqual(numbers(2, 100));
    leaving.abort(new Error('they left'));
    for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: new Error('they left') });
  });

  it('ends with what its receiver throws, and the others go on', async () => {
    const replica = aReplica(FORGETFUL);
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 60);
    await eventually(() => witness.ids.length === 60);
    const cursor = witness.entries[0]?.cursor ?? '';
    const failing = replica.feed.replay(
      { cursor },
      { take: () => Promise.reject(new Error('it is full')), live: () => undefined },
      new AbortController().signal,
    );
    const other = replica.follow({ cursor });
    await expect(failing).rejects.toThrow('it is full');
    await other.joined;
    expect(other.ids).toEqual(numbers(2, 60));
  });
});

describe('a cursor', () => {
  it('that was never handed out is refused', async () => {
    await expect(aReplica().follow({ cursor: 'c1.no' }).joined).rejects.toThrow(FeedCursorError);
  });

  it('ahead of this replica, which another one has given, is waited for', async () => {
    const replica = aReplica();
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 5);
    await eventually(() => witness.ids.length === 5);
    const place = { queue: queue.name, heights: [] };
    const ahead = replica.follow({ cursor: encodeCursor({ ...place, offset: 7, identity: identityOf('a 7') }) });
    publish(6, 9);
    await ahead.joined;
    await eventually(() => ahead.ids.length === 2);
    expect(ahead.ids).toEqual(['a 8', 'a 9']);
    expect(ahead.gaps).toEqual([]);
  });

  it.each([
    ['ahead of all there is', 'test.realtime', 900, 'a 900'],
    ['at the place of another message', 'test.realtime', 3, 'a 77'],
    ['of another stream queue', 'other.realtime', 3, 'a 3'],
  ])('%s gets everything there is, behind a gap', async (_where, name, offset, id) => {
    const replica = aReplica();
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 5);
    await eventually(() => witness.ids.length === 5);
    const cursor = encodeCursor({ queue: name, offset, identity: identityOf(id), heights: [] });
    const client = replica.follow({ cursor });
    await client.joined;
    expect(client.gaps).toMatchObject([{ reason: 'stream' }]);
    expect(client.ids).toEqual(numbers(1, 5));
  });

  it('keeps what a producer sends again from being told where the messages that would show it are gone', async () => {
    const replica = aReplica();
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 10);
    await eventually(() => witness.ids.length === 10);
    witness.leaving.abort();
    const cursor = witness.entries.at(-1)?.cursor ?? '';
    queue.endSegment();
    publish(1, 3, 'b');
    queue.truncate(1);
    await replica.stop();
    publish(8, 10);
    publish(11, 12);
    const client = aReplica().follow({ cursor });
    await client.joined;
    await eventually(() => client.ids.includes('a 12'));
    expect(client.ids).toEqual(['b 1', 'b 2', 'b 3', 'a 11', 'a 12']);
    expect(client.gaps.some(({ reason }) => reason === 'overtaken')).toBe(true);
  });
});

describe('a stream queue that was made anew', () => {
  it.each([
    ['is told to who is live, and to who comes back, and begins with its first message', FORGETFUL],
    ['is found out also where memory holds all of the old one', {}],
  ])('%s', async (_what, options) => {
    const replica = aReplica(options);
    const [live, away] = [replica.follow('now'), replica.follow('now')];
    await Promise.all([live.joined, away.joined]);
    publish(1, 40);
    await eventually(() => live.ids.length === 40 && away.ids.length === 40);
    queue.renew();
    publish(41, 43);
    await eventually(() => live.ids.length === 43);
    const back = replica.follow({ cursor: away.entries[39]?.cursor ?? '' });
    await back.joined;
    for (const { gaps } of [live, back]) expect(gaps).toMatchObject([{ reason: 'stream', from: new Date(40_000) }]);
    expect(live.ids).toEqual(numbers(1, 43));
    expect(back.ids).toEqual(numbers(41, 43));
  });
});

describe('a stream queue that was made anew while somebody catches up', () => {
  it.each([
    ['with fewer messages than their place is far', 310],
    ['with more', 700],
  ])('%s: nothing of it comes before the gap, and all of it behind', async (_what, newest) => {
    const replica = aReplica(FORGETFUL);
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 300);
    await eventually(() => witness.ids.length === 300);
    const client = replica.follow({ cursor: witness.entries[0]?.cursor ?? '' }, () => true);
    while (client.entries.length < 20) await nextTurn();
    queue.renew();
    publish(301, newest);
    await eventually(() => client.isLive && client.ids.at(-1) === `a ${newest}`);
    expect(client.gaps).toMatchObject([{ reason: 'stream' }]);
    const old = client.entries.findIndex(({ kind }) => kind === 'gap');
    expect(client.ids).toEqual([...numbers(2, old + 1), ...numbers(301, newest)]);
    expect(old).toBeLessThan(299);
  });
});

describe('a message', () => {
  it('without a change event is passed over, and one with a broken body tells that it is unreadable when it is asked for', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const replica = aReplica();
    const client = replica.follow('now');
    await client.joined;
    const event = new EventBuilder().anInsert('shop.orders', { _id: 1 });
    const [, headers] = change('a', 1);
    queue.add({ id: 'foreign' });
    queue.add({ id: 'broken', body: Buffer.from('{"pattern":') }, headers);
    queue.add(
      { id: event.id, ...encodeChangeEvent(event) },
      { ...headers, position: headers.position.replace('1.', '2.') },
    );
    await eventually(() => client.entries.length === 2);
    const read = client.entries.map((entry) => (entry.kind === 'event' ? entry.event : entry));
    expect(read).toEqual([undefined, event]);
    expect(replica.counters.unreadable).toBe(2);
    const { stream, position } = headers;
    expect(warn.mock.calls.map(([line]) => line as unknown)).toMatchObject([
      { eventId: 'foreign' },
      { eventId: 'broken', stream, position },
    ]);
    warn.mockRestore();
  });
});

describe('a time', () => {
  it('begins with its first change, also where nothing has come since', async () => {
    const replica = aReplica();
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 40);
    await eventually(() => witness.ids.length === 40);
    const [middle, never] = [new Date(25_000), new Date(Date.now() + 60_000)].map((time) => replica.follow({ time }));
    await Promise.all([middle?.joined, never?.joined]);
    expect(middle?.ids).toEqual(numbers(25, 40));
    expect(never?.ids).toEqual([]);
  });

  it('before everything that is kept is told of as a gap', async () => {
    const replica = aReplica();
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 20);
    queue.endSegment();
    publish(21, 40);
    await eventually(() => witness.ids.length === 40);
    queue.truncate(1);
    const client = replica.follow({ time: new Date(5_000) });
    await client.joined;
    expect(client.gaps).toMatchObject([{ reason: 'retention', from: new Date(5_000) }]);
    expect(client.ids).toEqual(numbers(21, 40));
  });
});

describe('a broker that gives nothing more, and does not say so', () => {
  it('is asked again, and what retention has given up meanwhile is told as a gap', async () => {
    const replica = aReplica({ silenceMs: 20 });
    const witness = replica.follow('now');
    await witness.joined;
    publish(1, 5);
    await eventually(() => witness.ids.length === 5);
    queue.stall();
    publish(6, 10);
    queue.endSegment();
    publish(11, 15);
    queue.truncate(5);
    await eventually(() => witness.ids.includes('a 15'));
    expect(witness.ids.filter((id) => id.startsWith('a '))).toEqual([...numbers(1, 5), ...numbers(11, 15)]);
    expect(replica.counters.gaps.retention).toBe(1);
  });

  it('is no gap while there is nothing to read', async () => {
    const replica = aReplica({ silenceMs: 5 });
    const witness = replica.follow('now');
    await witness.joined;
    const { marks } = queue;
    await eventually(() => queue.marks >= marks + 5);
    publish(1, 5);
    await eventually(() => witness.ids.length === 5);
    expect(witness.ids).toEqual(numbers(1, 5));
  });
});
