import type { ChangeEvent } from '@sluice/contracts';
import { OnChange, OnGap, OnInsert } from '@sluice/handlers';
import { EventBuilder, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem } from './consumer/consumer-system.js';

/** What all replicas' handlers did, in its order. */
class Journal {
  readonly lines: string[] = [];
  readonly running = new Set<string>();
  /** What a control handler waits for. */
  control: () => Promise<void> = () => Promise.resolve();
  /** What the handlers of documents wait for. */
  document: (id: unknown) => Promise<void> = () => Promise.resolve();

  count(line: string): number {
    return this.lines.filter((each) => each === line).length;
  }
}

class JournalHandler {
  /** Control events whose handling has begun here. */
  begun = 0;

  constructor(private readonly journal: Journal) {}

  @OnInsert('shop.*')
  async inserted({ documentKey, stream }: { documentKey: { _id?: unknown }; stream: string }): Promise<void> {
    await this.journal.document(documentKey._id);
    this.journal.lines.push(`${stream} ${String(documentKey._id)}`);
  }

  @OnChange({ namespace: 'shop.*', operations: ['drop', 'rename', 'dropDatabase'] })
  async control({ operation, stream }: { operation: string; stream: string }): Promise<void> {
    this.begun += 1;
    this.journal.lines.push(`${stream} ${operation} begins`);
    await this.journal.control();
    this.journal.lines.push(`${stream} ${operation}`);
  }

  @OnGap()
  gap({ stream }: { stream: string }): void {
    this.journal.lines.push(`${stream} gap`);
  }
}

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a control event', () => {
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
    system.consumer({ handlers: [new JournalHandler(journal)], env: { PARTITIONS: '4', ...env } });
  const inserts = (from: number, to: number, builder = stream): ChangeEvent<object>[] =>
    ids(from, to).map((_id) => builder.anInsert('shop.orders', { _id }));
  const isComplete = (count: number) => () => journal.lines.length >= count;

  /** Everything once, the marks in their order, and around each what belongs before and behind it. */
  function expectInOrder(name: string, ...parts: (readonly number[] | string)[]): void {
    const own = journal.lines.filter((line) => line.startsWith(`${name} `));
    let rest = own;
    for (const part of parts) {
      const expected =
        typeof part === 'string' ? [`${name} ${part} begins`, `${name} ${part}`] : part.map((id) => `${name} ${id}`);
      expect(rest.slice(0, expected.length).sort()).toEqual([...expected].sort());
      rest = rest.slice(expected.length);
    }
    expect(rest).toEqual([]);
  }

  it('is handled once, after all that is before it and before all that is behind it, in partitions of two replicas', async () => {
    await replica();
    await replica();
    journal.document = (id) => new Promise((resolve) => setTimeout(resolve, Number(id) % 7));
    await system.broker.publish(...inserts(0, 60), stream.aDrop('shop.orders'), ...inserts(60, 120));
    await eventually(isComplete(122));
    expectInOrder('test', ids(0, 60), 'drop', ids(60, 120));
  });

  it('keeps its order with others of its stream', async () => {
    await replica();
    await replica();
    await system.broker.publish(
      ...inserts(0, 20),
      stream.aRename('shop.orders', 'shop.archive'),
      stream.aDrop('shop.orders'),
      ...inserts(20, 40),
      stream.aDropDatabase('shop'),
    );
    await eventually(isComplete(46));
    expectInOrder('test', ids(0, 20), 'rename', 'drop', ids(20, 40), 'dropDatabase');
  });

  it('is not handled again where its message comes again', async () => {
    const consumer = await replica();
    const drop = stream.aDrop('shop.orders');
    await system.broker.publish(drop, drop, ...inserts(0, 20), drop, ...inserts(20, 40));
    await eventually(isComplete(42));
    await eventually(async () => (await consumer.group()).counters.received === 3 * 4 + 40);
    expectInOrder('test', 'drop', ids(0, 40));
  });

  it('comes by the group’s own exchange alone, also where the group was bound as by earlier versions', async () => {
    await (await replica()).stop();
    await system.broker.bind(system.queue(0), 'drop.#');
    const consumer = await replica();
    await system.broker.publish(stream.aDrop('shop.orders'));
    await eventually(isComplete(2));
    await consumer.stop();
    await system.broker.deleteExchange(system.broker.names.controlExchange(system.group, 1));
    await system.broker.publish(stream.aDrop('shop.orders'));
    expect(await system.broker.depth(system.queue(0))).toBe(0);
  });

  it('waits for the partition whose events still run, wherever it runs', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    journal.document = (id) => (id === 3 ? finished : Promise.resolve());
    const [one, other] = [await replica(), await replica()];
    await eventually(async () => {
      const [{ ownPartitions: own }, { ownPartitions: others }] = [await one.group(), await other.group()];
      return own.length === 2 && others.length === 2; // a hand-over afterwards would bring some twice
    });
    await system.broker.publish(...inserts(0, 8), stream.aDrop('shop.orders'), ...inserts(8, 16));
    const received = async () => (await one.group()).counters.received + (await other.group()).counters.received;
    await eventually(async () => (await received()) === 16 + 4);
    await eventually(isComplete(7));
    expect(journal.count('test drop begins')).toBe(0);
    finish();
    await eventually(isComplete(18));
    expectInOrder('test', ids(0, 8), 'drop', ids(8, 16));
  });

  it('is finished by another replica where the one that runs its handler is cut off in the middle', async () => {
    const handlers = [new JournalHandler(journal), new JournalHandler(journal)];
    const env = { PARTITIONS: '4', DRAIN_TIMEOUT_MS: '100' };
    const replicas = [];
    for (const handler of handlers) replicas.push(await system.consumer({ handlers: [handler], env }));
    journal.control = () => new Promise(() => undefined);
    await system.broker.publish(...inserts(0, 20), stream.aDrop('shop.orders'), ...inserts(20, 40));
    await eventually(() => journal.count('test drop begins') === 1);
    journal.control = () => Promise.resolve();
    await replicas[handlers.findIndex(({ begun }) => begun > 0)]?.stop();
    await eventually(() => journal.count('test 39') === 1);
    await eventually(isComplete(43));
    expect(journal.count('test drop')).toBe(1);
    const end = journal.lines.indexOf('test drop');
    for (const id of ids(20, 40)) expect(journal.lines.indexOf(`test ${id}`)).toBeGreaterThan(end);
  });

  it('goes to a partition once more that lost it, and the others wait so long', async () => {
    await replica({ PARTITIONS: '2' });
    const drop = stream.aDrop('shop.orders');
    const [body, properties] = system.broker.messageOf(drop);
    // As if one queue had been purged: only the first has it.
    await system.broker.publishTo(system.queue(0), body, {
      ...properties,
      headers: { ...(properties.headers as object), 'x-sluice-sent-again': true },
    });
    await system.broker.publish(...inserts(0, 10));
    await eventually(() => journal.count('test drop') === 1);
    await eventually(isComplete(12));
  });

  it('of one stream and that of another come the other way round in two partitions, beyond the prefetch', async () => {
    await replica({ PARTITIONS: '2', PREFETCH: '2' });
    const crm = new EventBuilder({ stream: 'crm', startAt: new Date('2027-01-01') });
    const [one, other] = [stream.aDrop('shop.orders'), crm.aDropDatabase('shop')];
    const marked = (event: ChangeEvent<object>) => {
      const [body, properties] = system.broker.messageOf(event);
      return [
        body,
        { ...properties, headers: { ...(properties.headers as object), 'x-sluice-sent-again': true } },
      ] as const;
    };
    const put = async (queue: number, ...events: ChangeEvent<object>[]) => {
      for (const event of events) await system.broker.publishTo(system.queue(queue), ...marked(event));
    };
    await put(0, one, ...inserts(0, 4), ...inserts(50, 52, crm), other);
    await put(1, other, ...inserts(52, 56, crm), ...inserts(4, 6), one);
    await eventually(isComplete(16));
    expect(journal.lines.indexOf('test drop begins')).toBeGreaterThan(journal.lines.indexOf('test 5'));
    expect(journal.lines.indexOf('test 0')).toBeGreaterThan(journal.lines.indexOf('test drop'));
    expect(journal.lines.indexOf('crm dropDatabase begins')).toBeGreaterThan(journal.lines.indexOf('crm 51'));
    expect(journal.lines.indexOf('crm 52')).toBeGreaterThan(journal.lines.indexOf('crm dropDatabase'));
  });
});
