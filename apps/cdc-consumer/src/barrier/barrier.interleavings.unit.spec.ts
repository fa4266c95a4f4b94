import { PartitionIntake, type AloneStep, type Arrival, type StepOutcome } from '@sluice/messaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import type { Barrier } from './barrier.js';
import { barrierMove, isCrossed } from './barrier.plan.js';

const QUEUES = ['q0', 'q1', 'q2'];

/** A message in a queue: a change, or a control event, of one of two streams. */
interface Message {
  readonly stream: string;
  readonly id: string;
  readonly isControl: boolean;
}

/** The stored barriers, as the database keeps them. */
class Stored {
  private readonly barriers = new Map<string, Barrier>();

  reach(message: Message, queue: string): void {
    const known = this.find(message);
    this.barriers.set(message.id, { ...known, reached: [...new Set([...known.reached, queue])] });
  }
  finish(message: Message): void {
    this.barriers.set(message.id, { ...this.find(message), done: true });
  }
  find({ stream, id }: Message): Barrier {
    const nothing = { id: { group: 'mirror', stream, event: id }, reached: [], done: false, sentAgain: 0 };
    return this.barriers.get(id) ?? nothing;
  }
  waiting(): Barrier[] {
    return [...this.barriers.values()].filter(({ done }) => !done);
  }
}

/** One queue and whoever owns it: everything it does is one step that the test may choose, or a crash. */
class Owner {
  prefetch = 2;
  private life = 0;
  private readonly acknowledged = new Set<number>();
  private intake = this.anIntake();
  private delivered = 0;
  private running: Arrival[] = [];
  private waiting: { message: Message; reached: boolean; open: () => void }[] = [];
  private readonly runs = new Set<number>();
  private get sight() {
    return { queue: this.queue, queues: QUEUES, ended: [], isDoubled: false };
  }

  constructor(
    readonly queue: string,
    private readonly messages: readonly Message[],
    private readonly stored: Stored,
    private readonly log: (line: { queue: string; what: 'handled' | 'control'; message: Message }) => void,
  ) {}

  get isFinished(): boolean {
    return this.acknowledged.size === this.messages.length;
  }

  /** Everything that could happen next. */
  steps(): (() => void)[] {
    const steps: (() => void)[] = this.running.map((arrival) => () => this.settle(arrival));
    for (const wait of this.waiting) {
      if (!wait.reached) steps.push(() => this.reach(wait));
      else if (barrierMove(this.stored.find(wait.message), this.sight) !== 'wait') steps.push(() => this.open(wait));
      else if (this.isFull && this.isCrossed(wait.message)) steps.push(() => this.seeFurther());
    }
    if (this.delivered < this.messages.length && !this.isFull) steps.push(() => this.deliver());
    return steps;
  }

  /** The next owner gets everything that was not acknowledged. */
  crash(): void {
    this.life += 1;
    this.running = [];
    this.waiting = [];
    this.runs.clear();
    this.delivered = 0;
    this.intake = this.anIntake();
    this.skipAcknowledged();
  }

  private get isFull(): boolean {
    const outstanding = [...this.messages.keys()].filter((tag) => tag < this.delivered && !this.acknowledged.has(tag));
    return outstanding.length >= this.prefetch;
  }

  private isCrossed(message: Message): boolean {
    return isCrossed(this.stored.find(message), this.stored.waiting(), this.sight);
  }

  private seeFurther(): void {
    this.prefetch *= 2;
    this.crash();
  }

  private deliver(): void {
    const tag = this.delivered;
    this.delivered += 1;
    this.skipAcknowledged();
    const message = this.messages[tag];
    if (message === undefined) return;
    let isOpen = !message.isControl;
    const wait = () =>
      new Promise<StepOutcome>((resolve) => {
        this.waiting.push({ message, reached: false, open: () => ((isOpen = true), resolve('passed')) });
      });
    const alone = (): AloneStep | undefined => (isOpen ? undefined : wait);
    const task = {
      lane: message.id,
      stream: message.stream,
      alone,
      holds: message.isControl,
      run: () => Promise.resolve('settled' as const),
    };
    this.intake.add({ tag, task });
  }

  private reach(wait: (typeof this.waiting)[number]): void {
    wait.reached = true;
    this.stored.reach(wait.message, this.queue);
  }

  private open(wait: (typeof this.waiting)[number]): void {
    this.waiting.splice(this.waiting.indexOf(wait), 1);
    const tag = this.messages.indexOf(wait.message);
    if (barrierMove(this.stored.find(wait.message), this.sight) === 'run') this.runs.add(tag);
    wait.open();
  }

  private settle(arrival: Arrival): void {
    this.running.splice(this.running.indexOf(arrival), 1);
    const message = this.messages[arrival.tag];
    if (message === undefined) return;
    if (!message.isControl) this.log({ queue: this.queue, what: 'handled', message });
    if (this.runs.delete(arrival.tag)) {
      this.log({ queue: this.queue, what: 'control', message });
      this.stored.finish(message);
    }
    this.acknowledged.add(arrival.tag);
    this.intake.settled(arrival);
  }

  private skipAcknowledged(): void {
    while (this.acknowledged.has(this.delivered)) this.delivered += 1;
  }

  private anIntake(): PartitionIntake {
    const life = this.life;
    return new PartitionIntake({
      begin: (arrival) => void (life === this.life && this.running.push(arrival)),
      alone: async (step) => {
        const never = new AbortController().signal;
        const outcome = await step({ stopping: never, over: never, isFull: () => this.isFull });
        return life === this.life ? outcome : 'stopping';
      },
      kept: () => undefined,
    });
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Two streams' messages, each stream in its order in every queue, the streams interleaved in each queue by itself. */
const queuesOf = fc
  .array(fc.record({ stream: fc.constantFrom('shop', 'crm'), to: fc.constantFrom(...QUEUES, 'all') }), {
    maxLength: 14,
  })
  .chain((published) =>
    fc.tuple(...QUEUES.map(() => fc.infiniteStream(fc.boolean()))).map((choices) =>
      QUEUES.map((queue, index) => {
        const own = published
          .map(({ stream, to }, number) => ({ stream, to, id: `${stream}-${number}`, isControl: to === 'all' }))
          .filter(({ to }) => to === 'all' || to === queue);
        const shop: Message[] = own.filter(({ stream }) => stream === 'shop');
        const crm: Message[] = own.filter(({ stream }) => stream === 'crm');
        const merged: Message[] = [];
        for (const choice of choices[index] ?? []) {
          const next = (choice ? shop : crm).shift() ?? shop.shift() ?? crm.shift();
          if (next === undefined) break;
          merged.push(next);
        }
        return merged;
      }),
    ),
  );

describe('the partitions of a group at control events', () => {
  it('handle each once, between what is before and behind it everywhere, and all go on, whatever dies in between', async () => {
    await fc.assert(
      fc.asyncProperty(queuesOf, fc.array(fc.nat(1_000), { maxLength: 120 }), async (queues, choices) => {
        const stored = new Stored();
        const log: { queue: string; what: string; message: Message }[] = [];
        const owners = QUEUES.map(
          (queue, index) => new Owner(queue, queues[index] ?? [], stored, (line) => log.push(line)),
        );
        for (const choice of [...choices, ...Array<number>(2_000).fill(1)]) {
          if (owners.every(({ isFinished }) => isFinished)) break;
          const owner = owners[choice % QUEUES.length];
          if (choice % 11 === 0) owner?.crash();
          const steps = owners.flatMap((each) => each.steps());
          steps[choice % Math.max(1, steps.length)]?.();
          await turn();
        }
        expect(owners.map(({ isFinished }) => isFinished)).toEqual([true, true, true]); // no deadlock
        expectBarriers(queues, log);
      }),
      { numRuns: modelRuns(150) },
    );
  });
});

function expectBarriers(
  queues: readonly Message[][],
  log: readonly { queue: string; what: string; message: Message }[],
): void {
  const controls = new Set(
    queues
      .flat()
      .filter(({ isControl }) => isControl)
      .map(({ id }) => id),
  );
  for (const id of controls) {
    const ran = log.flatMap(({ what, message }, index) => (what === 'control' && message.id === id ? [index] : []));
    expect(ran).toHaveLength(1);
    for (const messages of queues) {
      const at = messages.findIndex((message) => message.id === id);
      for (const [index, message] of messages.entries()) {
        const own = messages[at];
        if (message.stream !== own?.stream || message.isControl || own === undefined) continue;
        const handled = log.flatMap((line, place) => (line.message === message ? [place] : []));
        for (const place of handled) expect(place < (ran[0] ?? 0)).toBe(index < at);
      }
    }
  }
}
