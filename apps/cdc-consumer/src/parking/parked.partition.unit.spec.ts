import { Lanes, type DeliverySignals } from '@sluice/messaging';
import { eventually } from '@sluice/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import { MemoryParkedStore } from './memory-parked.store.fixture.js';
import { ParkedPartition } from './parked.partition.js';
import { aParked } from './parked-store.contract.js';
import { storedDelivery } from './stored-delivery.codec.js';

const BUCKETS = [3];
const DOCUMENTS = ['d1', 'd2', 'd3'];
const EVENTS = 24;
const DELIVERY = storedDelivery({ body: Buffer.from(''), properties: {}, exchange: '', routingKey: '' } as never);

interface Message {
  readonly document: string;
  readonly position: number;
  redelivered: boolean;
}

/** What the model is told to do next. */
type Step = 'deliver' | 'fail' | 'succeed' | 'take over' | 'freeze' | 'crash';

/** A consumer of one partition, as far as parking sees it: it takes messages, handles them or parks them. */
class Owner {
  private readonly stopping = new AbortController();
  private partition: ParkedPartition | undefined;

  constructor(
    private readonly world: World,
    private readonly name: number,
  ) {}

  async take(): Promise<this> {
    const { store } = this.world;
    const taken = await store.take(BUCKETS);
    const { signal } = this.stopping;
    const signals: DeliverySignals = { stopping: signal, over: signal };
    this.partition = new ParkedPartition({ queue: 'q', partition: 0 }, taken, signals, {
      store,
      turns: new Lanes(2),
      clock: { now: () => new Date(0), random: () => 0, wait: () => Promise.resolve() },
      stored: (write) => {
        signal.throwIfAborted();
        return write();
      },
      run: async ({ document, eventId, attempts }) => {
        if (this.world.handles(this, document, Number(eventId))) return { kind: 'settled' };
        return { kind: 'postponed', attempts: attempts + 1, firstFailedAt: new Date(0), dueAt: new Date(0) };
      },
    });
    return this;
  }

  /** `true`: it may be acknowledged. */
  async receive({ document, position }: Message): Promise<boolean> {
    const { partition } = this;
    if (partition === undefined) throw new Error(`owner ${this.name} has taken nothing`);
    const mustFollow = partition.holds('H', () => document);
    if (!mustFollow && this.world.handles(this, document, position)) return true;
    const id = String(position).padStart(4, '0');
    const parked = { handler: 'H', document, position: id, delivery: DELIVERY, dueAt: new Date(0) };
    await partition.add(aParked(id, parked));
    return true;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.partition?.ended();
  }
  /** Its process is gone: nothing ends in order. */
  crash(): void {
    this.stopping.abort();
  }
  get size(): number {
    return this.partition?.size ?? 0;
  }
}

/** The broker's queue, the store, and the ledger of what handlers have done. */
class World {
  readonly store = new MemoryParkedStore();
  readonly handled = new Map<string, number[]>(DOCUMENTS.map((document) => [document, []]));
  private readonly queue: Message[];
  private unacknowledged: Message[] = [];
  private owner: Owner | undefined;
  private owners = 0;
  private readonly frozen: Owner[] = [];
  isFailing = false;

  constructor() {
    this.queue = Array.from({ length: EVENTS }, (_, position) => ({
      document: DOCUMENTS[position % DOCUMENTS.length] ?? '',
      position,
      redelivered: false,
    }));
  }

  /** The handler: fails while it is told to. What a frozen owner still runs has no effect of its own here. */
  handles(owner: Owner, document: string, position: number): boolean {
    if (this.isFailing || owner !== this.owner) return false;
    this.handled.get(document)?.push(position);
    return true;
  }

  /** `turns`: how far everything else gets before the next step. */
  async step(step: Step, turns = 20): Promise<void> {
    if (step === 'fail' || step === 'succeed') this.isFailing = step === 'fail';
    else if (step === 'deliver') await this.deliver();
    else await this.replace(step);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  }

  async finish(): Promise<void> {
    this.isFailing = false;
    for (let turn = 0; turn < 2_000 && (this.queue.length > 0 || (this.owner?.size ?? 0) > 0); turn++) {
      await this.step('deliver');
    }
    for (const owner of this.frozen) owner.crash();
    await this.owner?.stop();
  }

  private async deliver(): Promise<void> {
    this.owner ??= await new Owner(this, ++this.owners).take();
    const message = this.queue.shift();
    if (message === undefined) return;
    this.unacknowledged.push(message);
    if (await this.owner.receive(message)) this.unacknowledged = this.unacknowledged.filter((each) => each !== message);
  }

  private async replace(how: 'take over' | 'freeze' | 'crash'): Promise<void> {
    const { owner } = this;
    if (owner === undefined) return;
    const held = this.queue[0];
    this.owner = undefined;
    if (how === 'take over') await owner.stop();
    if (how === 'crash') owner.crash();
    if (how === 'freeze') {
      this.frozen.push(owner);
      // It goes on with what it holds, and writes late, while the next one has the partition.
      this.owner = await new Owner(this, ++this.owners).take();
      if (held !== undefined) await owner.receive(held).catch(() => false);
    }
    this.queue.unshift(...this.unacknowledged.splice(0).map((message) => ({ ...message, redelivered: true })));
  }
}

const steps = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant<Step>('deliver') },
      { weight: 2, arbitrary: fc.constantFrom<Step>('fail', 'succeed') },
      { weight: 1, arbitrary: fc.constantFrom<Step>('take over', 'freeze', 'crash') },
    ),
    fc.nat(30),
  ),
  { maxLength: 60 },
);

describe('a partition with parked events', () => {
  it('loses nothing and keeps each document in order, whoever takes it over and however', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const world = new World();
        for (const [step, turns] of plan) await world.step(step, turns);
        await world.finish();
        for (const [index, document] of DOCUMENTS.entries()) {
          const expected = Array.from({ length: EVENTS }, (_, position) => position).filter(
            (position) => position % DOCUMENTS.length === index,
          );
          const handled = world.handled.get(document) ?? [];
          expect([...new Set(handled)]).toEqual(expected); // first times in order, none missing
          expect(handled.every((position, at) => at === 0 || position >= (handled[at - 1] ?? 0))).toBe(true);
        }
      }),
      { numRuns: modelRuns(150) },
    );
  });
});

describe('a parked document whose events come again', () => {
  const never = new AbortController().signal;
  const signals: DeliverySignals = { stopping: never, over: never };
  let handled: string[];
  let held: { readonly until: Promise<void>; readonly end: () => void } | undefined;
  beforeEach(() => {
    handled = [];
    held = undefined;
  });

  function hold() {
    let end: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (end = resolve));
    return { until, end };
  }

  /** The handler of e2, and a wait before an attempt, may be held. */
  async function partition(isHeld: 'e2' | 'wait') {
    const store = new MemoryParkedStore();
    const parked = new ParkedPartition({ queue: 'q', partition: 0 }, await store.take(BUCKETS), signals, {
      store,
      turns: new Lanes(2),
      clock: {
        now: () => new Date(0),
        random: () => 0,
        wait: async (ms) => {
          if (isHeld === 'wait' && ms > 0) await (held ??= hold()).until;
        },
      },
      stored: (write) => write(),
      run: async ({ eventId }) => {
        if (isHeld === eventId) await (held ??= hold()).until;
        handled.push(eventId);
        return { kind: 'settled' };
      },
    });
    const park = (id: string, dueMs = 0) =>
      parked.add(aParked(id, { handler: 'H', delivery: DELIVERY, dueAt: new Date(dueMs) }));
    return { parked, park };
  }

  it('ends with its last event, whose repeat comes while it is being handled, behind that of an earlier one', async () => {
    const { parked, park } = await partition('e2');
    await Promise.all([park('e1'), park('e2')]);
    const { end } = await eventually(() => held);
    await park('e1');
    const last = park('e2');
    end();
    await last;
    await eventually(() => parked.size === 0);
    expect(handled).toEqual(['e1', 'e2', 'e1', 'e2']);
  });

  it('handles an earlier one first that comes while a later one waits for its attempt', async () => {
    const { parked, park } = await partition('wait');
    await park('e2', 1_000);
    const { end } = await eventually(() => held);
    await park('e1');
    end();
    await eventually(() => parked.size === 0);
    expect(handled).toEqual(['e1', 'e2']);
  });
});
