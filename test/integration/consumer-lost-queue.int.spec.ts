import { STREAMS_COLLECTION, type ChangeEvent, type GapEvent, type InsertEvent } from '@sluice/contracts';
import { OnGap, OnInsert, type EventContext } from '@sluice/handlers';
import { EventBuilder, eventually } from '@sluice/testing';
import { Timestamp } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem } from './consumer/consumer-system.js';

/** What the handlers of all replicas saw, in its order. */
class Journal {
  readonly lines: string[] = [];
  readonly gaps: GapEvent[] = [];
  /** What a document's handler waits for. */
  work: (id: number) => Promise<void> = () => Promise.resolve();
  gapFails = false;

  has(line: string): boolean {
    return this.lines.includes(line);
  }
}

class JournalHandler {
  constructor(private readonly journal: Journal) {}

  @OnInsert('shop.*')
  async inserted({ fullDocument: { _id } }: InsertEvent<{ _id: number }>): Promise<void> {
    await this.journal.work(_id);
    this.journal.lines.push(String(_id));
  }

  @OnGap({ retry: { attempts: 2, initialDelayMs: 1 } })
  gap(event: GapEvent, { partition }: EventContext): void {
    if (this.journal.gapFails) throw new Error('not now');
    this.journal.gaps.push(event);
    this.journal.lines.push(`gap of ${event.stream} in ${partition}`);
  }
}

describe('a queue that was deleted', () => {
  let system: ConsumerSystem;
  let journal: Journal;
  let stream: EventBuilder;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
    journal = new Journal();
    stream = new EventBuilder();
  });
  afterEach(() => system.close());

  const replica = (env: Record<string, string> = {}) =>
    system.consumer({ handlers: [new JournalHandler(journal)], env: { PARTITIONS: '1', ...env } });
  const insert = (_id: number, builder = stream) => builder.anInsert('shop.orders', { _id });
  const handled = (...ids: number[]) => eventually(() => ids.every((id) => journal.has(String(id))));

  /** As a replica leaves it that was killed right after it had noted the loss. */
  const oweGap = () =>
    system.withState((state) =>
      state
        .collection<{ _id: string }>('partitionQueues')
        .updateOne(
          { _id: system.queue(0) },
          { $set: { 'debt.starts': [{ stream: 'test', after: null }] }, $currentDate: { 'debt.to': true } },
        ),
    );

  it('under its consumer is told from the last event before which all are handled, ahead of what comes next', async () => {
    const consumer = await replica();
    const [first, second, third, fourth] = [1, 2, 3, 4].map((id) => insert(id));
    let finish: () => void = () => undefined;
    journal.work = (id) => (id === 3 ? new Promise((resolve) => (finish = resolve)) : Promise.resolve());
    await system.broker.publish(...([first, second, third, fourth] as ChangeEvent<object>[]));
    await handled(1, 2, 4);
    await system.broker.deleteQueue(system.queue(0));
    await eventually(() => journal.gaps.length === 1);
    await eventually(async () => (await consumer.group()).state === 'bound');
    await system.broker.publish(insert(5));
    await handled(5);
    finish();
    const [gap] = journal.gaps;
    expect(gap).toMatchObject({ stream: 'test', ns: {}, from: second?.position.clusterTime });
    expect(gap?.to.compare(gap.from)).toBeGreaterThanOrEqual(0);
    expect(journal.lines.indexOf('gap of test in 0')).toBeLessThan(journal.lines.indexOf('5'));
    const { lostQueues } = await consumer.group();
    expect(lostQueues).toEqual([{ queue: system.queue(0), times: 1, lastAt: expect.any(String) as string }]);
  });

  it('while nobody was there is told at the next start, from where the last one ended', async () => {
    const first = await replica();
    const [, second] = [insert(1), insert(2)];
    await system.broker.publish(insert(7), second);
    await handled(7, 2);
    await first.stop();
    await system.broker.publish(insert(3));
    await system.broker.deleteQueue(system.queue(0));
    await replica();
    await system.broker.publish(insert(4));
    await handled(4);
    expect(journal.lines).toEqual(['7', '2', 'gap of test in 0', '4']);
    expect(journal.gaps[0]?.from).toEqual(second?.position.clusterTime);
  });

  it('before it had any event is told for every stream that there is, from when it was made', async () => {
    const before = Math.floor(Date.now() / 1000) - 5; // the server's clock is another one
    await system.withState((state) => state.collection<{ _id: string }>(STREAMS_COLLECTION).insertOne({ _id: 'crm' }));
    const consumer = await replica({ PARTITIONS: '2' });
    await system.broker.deleteQueue(system.queue(1));
    await eventually(() => journal.has('gap of crm in 1'));
    const [gap] = journal.gaps;
    expect(gap?.from.t).toBeGreaterThan(before);
    expect(gap?.to.compare(gap.from)).toBeGreaterThan(0);
    await eventually(async () => (await consumer.group()).queues.length === 2);
    expect(journal.lines).toEqual(['gap of crm in 1']);
  });

  it('is told once by two replicas that find it at once, and again when it is deleted again', async () => {
    const replicas = [await replica({ PARTITIONS: '2' }), await replica({ PARTITIONS: '2' })];
    await system.broker.publish(...[1, 2, 3, 4, 5, 6, 7, 8].map((id) => insert(id)));
    await handled(1, 2, 3, 4, 5, 6, 7, 8);
    const isSettled = async () => {
      const [one, other] = await Promise.all(replicas.map((each) => each.group()));
      return (
        one?.state === 'bound' && other?.consuming === 'running' && one.queues.every(({ messages }) => messages === 0)
      );
    };
    system.gate.cut(); // both declare everything again
    await system.broker.deleteQueue(system.queue(0));
    await eventually(() => journal.gaps.length > 0);
    await eventually(isSettled);
    await system.broker.publish(...[11, 12, 13, 14, 15, 16, 17, 18].map((id) => insert(id)));
    await handled(11, 12, 13, 14, 15, 16, 17, 18);
    expect(journal.gaps).toHaveLength(1);
    await system.broker.deleteQueue(system.queue(0));
    await eventually(() => journal.gaps.length > 1);
    await eventually(isSettled);
    expect(journal.gaps).toHaveLength(2);
    expect(journal.gaps[1]?.from.compare(journal.gaps[0]?.from ?? Timestamp.MAX_VALUE)).toBeGreaterThan(0);
    expect((await replicas[0]?.group())?.lostQueues).toMatchObject([{ queue: system.queue(0), times: 2 }]);
  });

  it('is told where the replica that noted it crashed before it had made the queue, or before it was bound', async () => {
    const first = await replica();
    await system.broker.publish(insert(1));
    await handled(1);
    await first.stop();
    await system.broker.deleteQueue(system.queue(0));
    await oweGap(); // and is killed
    const second = await replica();
    await eventually(() => journal.gaps.length === 1);
    await second.stop();
    await oweGap(); // as where it is killed when the queue is there
    await replica();
    await eventually(() => journal.gaps.length === 2);
    await system.broker.publish(insert(2));
    await handled(2);
    expect(journal.gaps).toHaveLength(2);
  });

  it('is told by an event like any other: a handler that fails on it gets it as a dead letter', async () => {
    await replica();
    journal.gapFails = true;
    await system.broker.publish(insert(1));
    await handled(1);
    await system.broker.deleteQueue(system.queue(0));
    const letter = await eventually(() => system.broker.deadLetter(system.group));
    expect(letter.properties.headers).toMatchObject({
      'x-sluice-lost-queue': system.queue(0),
      'x-sluice-dead-letter-attempts': 2,
    });
    journal.gapFails = false;
    await eventually(async () => {
      await system.broker.publish(insert(2));
      return journal.has('2');
    });
  });
});
