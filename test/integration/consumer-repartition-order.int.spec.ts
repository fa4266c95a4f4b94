import {
  HEADER_REPARTITION,
  PARTITION_DOUBLED_TYPE,
  PARTITION_END_TYPE,
  STREAMS_COLLECTION,
  type GapEvent,
  type InsertEvent,
  type StreamSettlement,
} from '@sluice/contracts';
import { OnChange, OnGap, OnInsert, type EventContext } from '@sluice/handlers';
import { EventBuilder, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';

const PATH = '/api/v1/groups/mirror';
const IDS = Array.from({ length: 16 }, (_, id) => id);

/** What the handlers of all replicas did, in its order. */
class Journal {
  readonly lines: string[] = [];
  readonly gaps: GapEvent[] = [];
  readonly running = new Set<string>();
  readonly overlaps: string[] = [];
  /** What a document's handler does; it may fail, or wait. */
  work: (id: number) => Promise<void> | void = () => undefined;

  async during(document: string, work: () => Promise<void> | void): Promise<void> {
    if (this.running.has(document)) this.overlaps.push(document);
    this.running.add(document);
    try {
      await work();
    } finally {
      this.running.delete(document);
    }
  }
  /** The first time of each: what came to both generations is handled twice by plain handlers. */
  get firsts(): string[] {
    return [...new Set(this.lines)];
  }
}

class JournalHandler {
  constructor(private readonly journal: Journal) {}

  @OnInsert('shop.orders', { retry: { attempts: 500, initialDelayMs: 30, maxDelayMs: 30, parkAfterMs: 0 } })
  async inserted({ fullDocument: { _id, version } }: InsertEvent<{ _id: number; version: number }>): Promise<void> {
    await this.journal.during(String(_id), () => this.journal.work(_id));
    this.journal.lines.push(`${_id}:${version}`);
  }

  @OnGap()
  gap(event: GapEvent): void {
    this.journal.gaps.push(event);
  }
}

/** Each effect once: what comes again is not handled again. */
class OnceHandler {
  readonly lines: string[] = [];

  @OnInsert('shop.orders', { once: true })
  inserted({ fullDocument: { _id } }: InsertEvent<{ _id: number }>): void {
    this.lines.push(String(_id));
  }
  @OnChange({ namespace: 'shop.*', operations: ['drop'], once: true })
  dropped(_event: unknown, _context: EventContext): void {
    this.lines.push('drop');
  }
}

/** Has its first attempts refused for good. */
class PickyHandler {
  readonly handled: number[] = [];
  refuses = true;

  @OnInsert('shop.orders', { retry: { attempts: 1 } })
  inserted({ fullDocument: { _id } }: InsertEvent<{ _id: number }>): void {
    if (this.refuses) throw new Error('not yet');
    this.handled.push(_id);
  }
}

describe('while the number of partitions changes', () => {
  let system: ConsumerSystem;
  let journal: Journal;
  let stream: EventBuilder;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
    journal = new Journal();
    stream = new EventBuilder();
    await setStream({});
  });
  afterEach(() => system.close());

  const replica = (handlers: readonly object[] = [new JournalHandler(journal)]) => system.consumer({ handlers });
  const insert = (_id: number, version = 1) => stream.anInsert('shop.orders', { _id, version });
  const round = (version: number, ids: readonly number[] = IDS) =>
    system.broker.publish(...ids.map((id) => insert(id, version)));
  const isDone = async (consumer: TestConsumer, partitions: number) => {
    const { partitions: now, next } = await consumer.group();
    return now === partitions && next === null;
  };
  const until = (condition: () => Promise<unknown>) => eventually(condition);

  /** A stream that a producer runs, and what it says of repartitions. */
  async function setStream(settlement: Partial<StreamSettlement>): Promise<void> {
    const leaseUntil = new Date(Date.now() + 3_600_000);
    await system.withState((state) =>
      state
        .collection<StreamSettlement>(STREAMS_COLLECTION)
        .updateOne({ _id: 'test' }, { $set: { holder: 'p', leaseUntil, ...settlement } }, { upsert: true }),
    );
  }

  /** Both generations are bound; answers the repartition's id. */
  async function settling(consumer: TestConsumer, partitions: number): Promise<string> {
    expect(await consumer.put(PATH, { partitions, by: 'ann', reason: 'more load' })).toMatchObject({ status: 200 });
    await until(async () => (await consumer.group()).next?.step === 'settling');
    return system.withState(async (state) => {
      const group = await state.collection<{ _id: string; next: { id: string } }>('groups').findOne({ _id: 'mirror' });
      return group?.next.id ?? '';
    });
  }
  const settle = (id: string) => setStream({ settled: { mirror: id } });

  /** As the replica that changes the number of partitions does, one queue at a time. */
  const mark = (queue: string, type: string, id: string) =>
    system.broker.publishTo(queue, Buffer.alloc(0), { type, headers: { [HEADER_REPARTITION]: id } });

  /** Documents of the old partitions 0 and 1. */
  async function idsByPartition(consumer: TestConsumer): Promise<[number[], number[]]> {
    await consumer.post(`${PATH}/pause`);
    const of: [number[], number[]] = [[], []];
    for (const id of IDS) {
      const before = await system.broker.depth(system.queue(0));
      await system.broker.publish(insert(id, 0));
      await eventually(async () => {
        const [zero, one] = [await system.broker.depth(system.queue(0)), await system.broker.depth(system.queue(1))];
        return zero + one === of[0].length + of[1].length + 1;
      });
      of[(await system.broker.depth(system.queue(0))) > before ? 0 : 1].push(id);
    }
    await consumer.post(`${PATH}/resume`);
    await until(async () => Promise.resolve(IDS.every((id) => journal.firsts.includes(`${id}:0`))));
    return of;
  }

  it('a drop that comes between two marks is handled before what is behind it, by `once` handlers too', async () => {
    const once = new OnceHandler();
    const consumer = await replica([once]);
    const id = await settling(consumer, 3);
    const [one, other] = [system.queue(0), system.queue(1)];
    for (const queue of [one, other]) await mark(queue, PARTITION_DOUBLED_TYPE, id);
    await mark(one, PARTITION_END_TYPE, id);
    await system.broker.publish(...IDS.slice(0, 8).map((_id) => insert(_id)));
    await system.broker.publish(stream.aDrop('shop.orders'));
    await system.broker.publish(...IDS.slice(8).map((_id) => insert(_id)));
    await mark(other, PARTITION_END_TYPE, id);
    await until(async () => (await consumer.group()).next?.ended.length === 2);
    await settle(id);
    await until(() => isDone(consumer, 3));
    await until(async () => Promise.resolve(once.lines.length === IDS.length + 1));
    const drop = once.lines.indexOf('drop');
    expect(
      once.lines
        .slice(0, drop)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(IDS.slice(0, 8));
    expect(
      once.lines
        .slice(drop + 1)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(IDS.slice(8));
  });

  it('what is behind such a drop is more than the prefetch: the mark behind it is seen all the same', async () => {
    const once = new OnceHandler();
    const consumer = await system.consumer({ handlers: [once], env: { PREFETCH: '2' } });
    const id = await settling(consumer, 3);
    const [one, other] = [system.queue(0), system.queue(1)];
    for (const queue of [one, other]) await mark(queue, PARTITION_DOUBLED_TYPE, id);
    await mark(one, PARTITION_END_TYPE, id);
    await system.broker.publish(stream.aDrop('shop.orders'), ...IDS.map((_id) => insert(_id)));
    await mark(other, PARTITION_END_TYPE, id);
    await settle(id);
    await until(() => isDone(consumer, 3));
    await until(async () => Promise.resolve(once.lines.length === IDS.length + 1));
    expect(once.lines[0]).toBe('drop');
  });

  it('a document that is parked stays so, and is handled in its order by whoever has it afterwards', async () => {
    const replicas = [await replica(), await replica()] as const;
    let fails = true;
    journal.work = (id) => {
      if (fails && id < 4) throw new Error('not yet');
    };
    await round(1);
    await until(async () => (await replicas[0].group()).parked === 4);
    const id = await settling(replicas[0], 5);
    await round(2);
    await settle(id);
    await round(3);
    await until(() => isDone(replicas[0], 5));
    await until(() => isDone(replicas[1], 5));
    await round(4);
    await until(async () => Promise.resolve(IDS.slice(4).every((each) => journal.lines.includes(`${each}:4`))));
    expect(journal.lines.filter((line) => Number(line.split(':')[0]) < 4)).toEqual([]);
    fails = false;
    await until(async () => Promise.resolve(journal.firsts.length === 4 * IDS.length));
    for (const each of IDS) expect(journal.firsts.filter((line) => line.startsWith(`${each}:`))).toEqual([1, 2, 3, 4].map((version) => `${each}:${version}`)); // prettier-ignore
    expect(journal.overlaps).toEqual([]);
  });

  it('a parked event that is being handled ends before the new queues are read, by whichever replica', async () => {
    const replicas = [await replica(), await replica()] as const;
    let attempts = 0;
    let finish: () => void = () => undefined;
    journal.work = (id) => {
      if (id !== 1) return;
      attempts += 1;
      if (attempts === 1) throw new Error('to be parked');
      if (attempts === 2) return new Promise((resolve) => (finish = resolve));
      return;
    };
    await system.broker.publish(insert(1, 1));
    await until(async () => Promise.resolve(attempts === 2));
    const id = await settling(replicas[0], 5);
    await settle(id);
    await round(2);
    await until(async () => (await replicas[0].group()).next?.ended.length === 1);
    expect((await replicas[0].group()).next?.step).toBe('reading');
    finish();
    await until(() => isDone(replicas[0], 5));
    await until(async () => Promise.resolve(journal.lines.includes('1:2')));
    expect(journal.firsts.filter((line) => line.startsWith('1:'))).toEqual(['1:1', '1:2']);
    expect(journal.overlaps).toEqual([]);
  });

  it('what is parked is found again where nothing comes to the new queues', async () => {
    const consumer = await replica();
    let fails = true;
    journal.work = () => {
      if (fails) throw new Error('not yet');
    };
    await round(1, [1, 2, 3]);
    await until(async () => (await consumer.group()).parked === 3);
    await settle(await settling(consumer, 4));
    await until(() => isDone(consumer, 4));
    fails = false;
    await until(async () => Promise.resolve(journal.firsts.length === 3));
  });

  it('a replay is not lost with the old queue whose mark it would be behind', async () => {
    const picky = new PickyHandler();
    const consumer = await replica([picky, new JournalHandler(journal)]);
    let isHeld = true;
    let finish: () => void = () => undefined;
    journal.work = (id) => (isHeld && id === 9 ? new Promise((resolve) => (finish = resolve)) : undefined);
    await round(1, [1, 2, 3, 4]);
    await until(async () => (await consumer.group()).deadLetters.messages === 4);
    picky.refuses = false;
    await round(1, [9]); // its partition is not read to the end before it
    const id = await settling(consumer, 3);
    await settle(id);
    await until(async () => (await consumer.group()).next?.step === 'reading');
    const replay = { filter: { handler: 'PickyHandler.inserted' }, by: 'ann', reason: 'mended' };
    const answer = await consumer.post('/api/v1/dead-letters/replay', replay);
    expect(answer.status).toBe(202);
    await until(async () => (await consumer.group()).deadLetters.messages === 0);
    expect(picky.handled.filter((each) => each !== 9)).toEqual([]);
    isHeld = false;
    finish();
    await until(() => isDone(consumer, 3));
    await until(async () => Promise.resolve([1, 2, 3, 4].every((each) => picky.handled.includes(each))));
    expect(await system.broker.deadLetter('mirror')).toBeUndefined();
  });

  it('an old queue that somebody deletes is told by a gap, and the repartition goes on', async () => {
    const consumer = await replica();
    const [first, second] = await idsByPartition(consumer);
    let isHeld = true;
    let finish: () => void = () => undefined;
    journal.work = (id) => (isHeld && id === first[0] ? new Promise((resolve) => (finish = resolve)) : undefined);
    await round(1);
    await until(async () => Promise.resolve(second.every((id) => journal.firsts.includes(`${id}:1`))));
    await settle(await settling(consumer, 3));
    await until(async () => (await consumer.group()).next?.ended.length === 1);
    await system.broker.deleteQueue(system.queue(0));
    isHeld = false;
    finish();
    await until(() => isDone(consumer, 3));
    await until(async () => Promise.resolve(journal.gaps.length === 1));
    expect(journal.gaps[0]).toMatchObject({ stream: 'test', operation: 'gap', ns: {} });
    await round(2);
    await until(async () => Promise.resolve(IDS.every((id) => journal.firsts.includes(`${id}:2`))));
    for (const id of second) {
      const versions = journal.firsts.filter((line) => line.startsWith(`${id}:`));
      expect(versions).toEqual([`${id}:0`, `${id}:1`, `${id}:2`]);
    }
  });

  it('a drop that was published before the change is handled, though an old queue that had it was deleted', async () => {
    const once = new OnceHandler();
    const consumer = await replica([once]);
    await consumer.post(`${PATH}/pause`);
    await system.broker.publish(...IDS.slice(0, 8).map((_id) => insert(_id)), stream.aDrop('shop.orders'));
    const behind = (await system.broker.depth(system.queue(1))) - 1;
    await settle(await settling(consumer, 3));
    await until(async () => (await consumer.group()).next?.step === 'reading');
    await system.broker.deleteQueue(system.queue(0));
    await until(async () => (await consumer.group()).next?.ended.length === 1);
    await consumer.post(`${PATH}/resume`);
    await until(() => isDone(consumer, 3));
    expect(once.lines).toHaveLength(behind + 1);
    expect(once.lines.at(-1)).toBe('drop');
  });
});
