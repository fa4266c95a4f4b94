import { positionKey, type Position } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import { Timestamp } from 'bson';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import type { SaveResult } from '../checkpoint/checkpoint.js';
import type { CheckpointMark } from '../checkpoint/checkpoint.writer.js';
import { message } from './change-message.fixture.spec.js';
import type { ChangeMessage } from './change-message.js';
import { ParkedEventStore, type DocumentHash, type ParkedDocument } from './parked-event.js';
import { ParkedBacklog } from './parked-backlog.js';
import { ParkedDocuments } from './parked-documents.js';
import { ParkedPublisher } from './parked.publisher.js';
import { PublishWindow } from './publish-window.js';

/** Outlives crashes, as the database does; `removalsLeft` loses those behind it, as a crash before them would. */
class MemoryParkedEventStore extends ParkedEventStore {
  private readonly events = new Map<string, ChangeMessage>();
  removalsLeft = Infinity;

  park(_stream: string, _epoch: number, messages: readonly ChangeMessage[]): Promise<SaveResult> {
    for (const message of messages) if (!this.events.has(message.id)) this.events.set(message.id, message);
    return Promise.resolve('saved');
  }

  remove(_stream: string, _epoch: number, ids: readonly string[]): Promise<SaveResult> {
    if (this.removalsLeft === 0) return Promise.reject(new Error('killed'));
    this.removalsLeft -= 1;
    for (const id of ids) this.events.delete(id);
    return Promise.resolve('saved');
  }

  documents(): Promise<readonly ParkedDocument[]> {
    return Promise.resolve(this.sorted.map(({ document, position }) => ({ document, events: 1, newest: position })));
  }

  oldest(_stream: string, behind = ''): Promise<readonly ChangeMessage[]> {
    return Promise.resolve(this.sorted.filter(({ position }) => position > behind).slice(0, 2));
  }

  claims(): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set());
  }

  stillParked(_stream: string, documents: readonly DocumentHash[]): Promise<ReadonlySet<DocumentHash>> {
    return Promise.resolve(
      new Set(this.sorted.map(({ document }) => document).filter((each) => documents.includes(each))),
    );
  }

  private get sorted(): ChangeMessage[] {
    return [...this.events.values()].sort((a, b) => a.position.localeCompare(b.position));
  }
}

/** Two events share each cluster time, as those of a transaction do. */
function positionOf(index: number): Position {
  return { clusterTime: new Timestamp({ t: Math.floor(index / 2), i: 1 }), generation: 0, ordinal: index % 2 };
}

/** Behind so many events. */
function markAt(events: number): CheckpointMark {
  const last = events === 0 ? null : positionOf(events - 1);
  return { last, readTo: () => ({ token: null, time: last?.clusterTime ?? null }) };
}

function eventOf(document: DocumentHash, index: number): ChangeMessage {
  return { ...message(String(index).padStart(4, '0')), position: positionKey(positionOf(index)), document };
}

const ignore = () => undefined;
const COUNTS = { skipped: ignore, published: ignore };
const PARTS = {
  ...COUNTS,
  stream: 's',
  epoch: 1,
  renew: () => Promise.resolve(),
  isNobodys: () => false,
  mayRun: () => true,
};
const CONTROL = 'control';

/** What the broker has: which documents it has a queue for, and what came, in order. */
class Broker {
  readonly unroutable = new Set<DocumentHash>();
  readonly arrived: number[] = [];

  take({ id, document }: ChangeMessage): boolean {
    if (this.unroutable.has(document)) return false;
    this.arrived.push(Number(id));
    return true;
  }
}

/** One producer's life, from taking the stream to a crash. */
class Life {
  private readonly window = new PublishWindow<number>();
  private readonly documents = new ParkedDocuments();
  private readonly backlog: ParkedBacklog;
  private readonly publisher: ParkedPublisher;
  private readonly storing: { message: ChangeMessage; number: number }[] = [];
  private onTheWay: ChangeMessage[] = [];
  private tag = 0;
  private next: number;
  /** What may be saved. */
  private reached: number;
  /** What happens while a pass is at work, one step before each message that it sends. */
  private meanwhile: During[] = [];

  constructor(
    private readonly events: readonly ChangeMessage[],
    private readonly broker: Broker,
    private readonly store: MemoryParkedEventStore,
    private readonly checkpoint: { at: number },
  ) {
    this.next = this.reached = checkpoint.at;
    this.backlog = new ParkedBacklog(markAt(checkpoint.at));
    const deliver = async (message: ChangeMessage) => {
      const during = this.meanwhile.shift();
      if (during !== undefined) await this[during]();
      if (!broker.take(message)) throw new Error('returned');
    };
    this.publisher = new ParkedPublisher({ ...PARTS, store, documents: this.documents, deliver });
  }

  async load(): Promise<this> {
    const found = await this.store.documents();
    for (const { document } of found) this.documents.add(document);
    this.backlog.found(found);
    return this;
  }

  get isDone(): boolean {
    return this.next === this.events.length && this.window.size === 0 && this.documents.isEmpty;
  }

  read(): void {
    const event = this.events[this.next];
    if (event !== undefined) this.window.add(event, ++this.next);
  }

  /** All of it for one event. */
  async relay(): Promise<void> {
    this.read();
    for (let round = 0; round < 2; round++) {
      this.flush();
      this.answer();
    }
    await this.stored();
  }

  /** As a publishing session does while it is careful: behind what comes back, what is in flight already may overtake. */
  flush(): void {
    for (let event = this.window.nextUnsent; event !== undefined; event = this.window.nextUnsent) {
      if (this.documents.mustPark(event)) {
        if (event.document === null && !this.window.isNextFirst) return;
        this.documents.store(event);
        this.storing.push({ message: event, number: this.window.takeToPark() });
      } else if (this.onTheWay.length === 0) {
        this.window.takeUnsent();
        this.onTheWay.push(event);
      } else return;
    }
  }

  /** The broker's answers; after a return all that came back is parked and the rest goes out again. */
  answer(): void {
    let returned = false;
    for (const event of this.onTheWay.splice(0)) {
      this.tag += 1;
      if (!this.broker.take(event)) {
        this.window.markReturned(event.id, () => false);
        returned = true;
      }
      this.window.settle(this.tag, false, true);
    }
    this.advance();
    if (!returned) return;
    for (const event of this.window.returned()) this.documents.add(event.document);
    this.window.rewind();
    this.tag = 0;
  }

  async stored(): Promise<void> {
    const waiting = this.storing.splice(0, 2);
    await this.store.park(
      's',
      1,
      waiting.map(({ message }) => message),
    );
    for (const { message, number } of waiting) {
      this.documents.stored(message.document);
      this.window.parked(number);
    }
    this.advance();
  }

  async publishParked(meanwhile: readonly During[] = []): Promise<void> {
    if (!this.backlog.isPast) return;
    this.meanwhile = [...meanwhile];
    await this.publisher.tryAll(new AbortController().signal);
  }

  /** Killed: what was on the way may arrive yet, up to some point. */
  die(arrives: number): void {
    for (const event of this.onTheWay.slice(0, arrives)) this.broker.take(event);
  }

  save(): void {
    this.checkpoint.at = this.reached;
  }

  private advance(): void {
    this.reached = this.window.advance()?.mark ?? this.reached;
    this.backlog.reach(markAt(this.reached));
  }
}

const DURING = ['read', 'flush', 'answer', 'stored', 'save', 'relay'] as const;
type During = (typeof DURING)[number];
type Step =
  | { do: During }
  | { do: 'publishParked'; meanwhile: readonly During[] }
  | { do: 'route'; document: number; routable: boolean }
  | { do: 'crash'; arrives: number; afterRemovals: number | null };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.constantFrom<Step>(...(['read', 'relay', 'relay', ...DURING] as const).map((what) => ({ do: what }))),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('publishParked' as const),
      meanwhile: fc.array(fc.constantFrom('relay', 'relay', ...DURING), { maxLength: 20, size: 'max' }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('route' as const), document: fc.nat(2), routable: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      arrives: fc.nat(4),
      afterRemovals: fc.option(fc.nat(2)),
    }),
  },
);

/**
 * Each document's events, and control events among all: nothing comes before what it follows has come, and repeats are
 * runs that leave nothing out and end with the newest.
 */
function expectOrder(arrived: readonly number[], events: readonly ChangeMessage[]): void {
  const lines = new Map<string, number[]>();
  const places = events.map(({ document }) => {
    const line = lines.get(String(document ?? CONTROL)) ?? [];
    lines.set(String(document ?? CONTROL), line);
    return line.push(0) - 1;
  });
  const at = new Map<string, number>();
  const seen = new Set<number>();
  for (const index of arrived) {
    const document = events[index]?.document ?? null;
    const line = String(document ?? CONTROL);
    const place = places[index] ?? 0;
    // One further than the last of its line, or a repeat from an earlier place on.
    expect(place).toBeLessThanOrEqual((at.get(line) ?? -1) + 1);
    at.set(line, place);
    const before = events.slice(0, index).keys();
    for (const earlier of before) {
      const isBarrier = document === null || events[earlier]?.document === null;
      if (isBarrier) expect(seen.has(earlier)).toBe(true);
    }
    seen.add(index);
  }
  expect(seen.size).toBe(events.length);
  for (const [line, place] of at) expect(place).toBe((lines.get(line)?.length ?? 0) - 1);
}

/** Document 2: its first change is out, its later ones are parked, nothing of it is saved, and a pass begins at once. */
const READ_AGAIN_AFTER_A_KILL: [DocumentHash[], Step[]] = [
  [0, 2, 2, 2],
  [
    { do: 'relay' },
    { do: 'route', document: 2, routable: false },
    { do: 'save' },
    { do: 'read' },
    { do: 'relay' },
    { do: 'publishParked', meanwhile: ['relay'] },
    { do: 'route', document: 2, routable: true },
    { do: 'crash', arrives: 0, afterRemovals: 1 },
  ],
];
/** Document 0 is parked during a pass: its older change behind the place that the pass has come to, its newer one not. */
const PARKED_BEHIND_THE_PASS: [DocumentHash[], Step[]] = [
  [1, 2, 0, 2, 0],
  [
    { do: 'route', document: 0, routable: false },
    { do: 'route', document: 2, routable: false },
    { do: 'relay' },
    { do: 'relay' },
    { do: 'read' },
    { do: 'publishParked', meanwhile: ['read'] },
    { do: 'publishParked', meanwhile: ['flush'] },
    { do: 'answer' },
    { do: 'route', document: 0, routable: true },
    { do: 'route', document: 2, routable: true },
    { do: 'publishParked', meanwhile: ['stored', 'relay'] },
  ],
];

it('wherever producers are killed, nothing parked is lost, and no event overtakes its document or a control event', async () => {
  const documents = fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.constant(null) }),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  await fc.assert(
    fc.asyncProperty(documents, fc.array(step, { maxLength: 120, size: 'max' }), async (hashes, steps) => {
      const events = hashes.map(eventOf);
      const [broker, store, checkpoint] = [new Broker(), new MemoryParkedEventStore(), { at: 0 }];
      const begin = () => new Life(events, broker, store, checkpoint).load();
      let life = await begin();
      for (const each of steps) {
        if (each.do === 'route') broker.unroutable[each.routable ? 'delete' : 'add'](each.document);
        else if (each.do === 'publishParked') await life.publishParked(each.meanwhile);
        else if (each.do === 'crash') {
          store.removalsLeft = each.afterRemovals ?? Infinity;
          if (each.afterRemovals !== null) await life.publishParked().catch(() => undefined); // the kill comes before the removal
          store.removalsLeft = Infinity;
          life.die(each.arrives);
          life = await begin();
        } else await life[each.do]();
      }
      broker.unroutable.clear();
      for (let round = 0; !life.isDone && round < 200; round++) {
        await life.relay();
        await life.publishParked();
      }
      expect(life.isDone).toBe(true);
      expectOrder(broker.arrived, events);
    }),
    { numRuns: modelRuns(1000), examples: [READ_AGAIN_AFTER_A_KILL, PARKED_BEHIND_THE_PASS] },
  );
});

it('publishes no more of what it has begun once its stream is let go, and waits for no confirm', async () => {
  const store = new MemoryParkedEventStore();
  await store.park('s', 1, [eventOf(1, 1), eventOf(1, 2), eventOf(null, 3)]);
  const sent: string[] = [];
  let confirm = (): void => undefined;
  const deliver = ({ id }: ChangeMessage) => {
    sent.push(id);
    return new Promise<void>((resolve) => (confirm = resolve));
  };
  const documents = new ParkedDocuments();
  const publisher = new ParkedPublisher({ ...PARTS, store, documents, deliver });
  const letGo = new AbortController();
  const pass = publisher.tryAll(letGo.signal);
  await eventually(() => sent.length === 1);
  letGo.abort();
  expect(await pass).toBe(0);
  confirm(); // late: the next holder publishes from here on
  await new Promise(setImmediate);
  expect(sent).toEqual(['0001']);
});
