import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import type { Barrier } from './barrier.js';
import { barrierMove } from './barrier.plan.js';

const OLD = ['o0', 'o1', 'o2'];
const NEW = ['n0', 'n1'];
const STREAMS = ['shop', 'crm'];

/** A change of a document, or a control event, that a stream has published. */
interface Event {
  readonly stream: string;
  readonly id: string;
  /** Undefined: a control event. */
  readonly document: number | undefined;
}
/** What stands in a queue. */
type Message = Event | 'doubled' | 'end';

const isEvent = (message: Message | undefined): message is Event => typeof message === 'object';

/** Everything that the replicas share: the broker, the state database, and what the handlers did. */
class World {
  readonly published: Event[] = [];
  readonly log: Event[] = [];
  readonly ended = new Set<string>();
  readonly queues = new Map<string, Message[]>([...OLD, ...NEW].map((queue) => [queue, []]));
  private readonly barriers = new Map<string, Barrier>();
  /** By stream and queue: routed, and not in the queue yet. */
  private readonly onTheWay = new Map<string, Event[]>();
  private marks = 0;

  publish(stream: string, document: number | undefined): void {
    const event = { stream, id: `${stream}-${this.published.length}`, document };
    this.published.push(event);
    for (const queues of [OLD, NEW])
      for (const [index, queue] of queues.entries())
        if (document === undefined || document % queues.length === index) this.way(stream, queue).push(event);
  }

  /** Queues get what is routed to them at different times, each stream's in its order. */
  arrive(stream: string, queue: string): void {
    const event = this.way(stream, queue).shift();
    if (event !== undefined) this.queues.get(queue)?.push(event);
  }

  /**
   * One queue more gets its next mark. The second kind goes out when all have confirmed the first: what was in some
   * queue before that has come to all of its queues by then.
   */
  mark(): void {
    if (this.marks === OLD.length) for (const [key] of this.onTheWay) this.arriveAll(key);
    if (this.marks === 2 * OLD.length) return;
    const queue = OLD[this.marks % OLD.length];
    this.queues.get(queue ?? '')?.push(this.marks < OLD.length ? 'doubled' : 'end');
    this.marks += 1;
  }
  /** Whoever was putting them in has died: the next one begins anew. */
  markAnew(): void {
    if (this.marks < 2 * OLD.length) this.marks = 0;
  }

  find({ stream, id: event }: Event): Barrier {
    const nothing = { id: { group: 'mirror', stream, event }, reached: [], done: false, sentAgain: 0 };
    return this.barriers.get(event) ?? nothing;
  }
  reach(event: Event, queue: string): void {
    const known = this.find(event);
    this.barriers.set(event.id, { ...known, reached: [...new Set([...known.reached, queue])] });
  }
  run(event: Event): void {
    this.log.push(event);
    this.barriers.set(event.id, { ...this.find(event), done: true });
  }

  private way(stream: string, queue: string): Event[] {
    const key = `${stream} ${queue}`;
    const way = this.onTheWay.get(key) ?? [];
    this.onTheWay.set(key, way);
    return way;
  }
  private arriveAll(key: string): void {
    const [stream = '', queue = ''] = key.split(' ');
    while (this.way(stream, queue).length > 0) this.arrive(stream, queue);
  }
}

/** Whoever owns a queue: handles in order, a stream that waits for its control event apart from the others. */
class Owner {
  private readonly acknowledged = new Set<Message>();
  private next = 0;
  private isDoubled = false;
  private isAtEnd = false;
  private held = new Map<string, { event: Event; isDoubled: boolean }>();
  private over = new Set<string>();
  private readonly behind: Event[] = [];

  constructor(
    private readonly queue: string,
    private readonly queues: readonly string[],
    private readonly world: World,
  ) {}

  step(): void {
    if (this.world.ended.has(this.queue)) return;
    for (const [stream, { event, isDoubled }] of this.held) this.cross(stream, event, isDoubled);
    if (this.isAtEnd) return this.held.size === 0 ? void this.world.ended.add(this.queue) : undefined;
    const message = this.world.queues.get(this.queue)?.[this.next];
    if (message === undefined) return;
    this.next += 1;
    if (message === 'doubled') this.isDoubled = true;
    else if (message === 'end') this.isAtEnd = true;
    else if (!this.acknowledged.has(message)) this.take(message, this.isDoubled);
  }

  /** The next owner begins with what is not acknowledged; the marks are, in the end, not. */
  crash(): void {
    [this.next, this.isDoubled, this.isAtEnd] = [0, false, false];
    this.held.clear();
    this.over.clear();
    this.behind.length = 0;
  }

  private take(event: Event, isDoubled: boolean): void {
    if (this.over.has(event.stream)) return;
    if (this.held.has(event.stream)) return void this.behind.push(event);
    if (event.document !== undefined) return this.handle(event);
    this.world.reach(event, this.queue);
    this.held.set(event.stream, { event, isDoubled });
  }

  private cross(stream: string, event: Event, isDoubled: boolean): void {
    const { queue, queues, world } = this;
    const ended = queues.filter((each) => world.ended.has(each));
    const move = barrierMove(world.find(event), { queue, queues, ended, isDoubled });
    if (move === 'wait') return;
    this.held.delete(stream);
    if (move === 'over') return void this.over.add(stream);
    if (move === 'run') world.run(event);
    this.acknowledged.add(event);
    const waiting = this.behind.splice(0);
    for (const each of waiting) this.take(each, this.isDoubled);
  }

  private handle(event: Event): void {
    this.world.log.push(event);
    this.acknowledged.add(event);
  }
}

/** As a `once` handler sees it: what comes again is not handled again. */
function expectOrder({ published, log }: World): void {
  const first = new Map<string, number>();
  for (const [index, { id }] of log.entries()) if (!first.has(id)) first.set(id, index);
  expect([...first.keys()].sort()).toEqual(published.map(({ id }) => id).sort());
  for (const [at, one] of published.entries())
    for (const other of published.slice(at + 1)) {
      if (one.stream !== other.stream) continue;
      const isOrdered = one.document === other.document || [one, other].some(({ document }) => document === undefined);
      if (isOrdered) expect(first.get(one.id), `${one.id} before ${other.id}`).toBeLessThan(first.get(other.id) ?? -1);
    }
}

describe('control events while the number of partitions changes', () => {
  it('are handled between what is before and behind them, also where one comes between two marks', () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constant('publish' as const), fc.nat(8)) },
      { weight: 4, arbitrary: fc.tuple(fc.constant('arrive' as const), fc.nat(9)) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('arrive all' as const), fc.constant(0)) },
      { weight: 8, arbitrary: fc.tuple(fc.constant('step' as const), fc.nat(2)) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('mark' as const), fc.nat(19)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('crash' as const), fc.nat(8)) },
    );
    fc.assert(
      fc.property(fc.array(action, { minLength: 60, maxLength: 200 }), (actions) => {
        const world = new World();
        const owners = OLD.map((queue) => new Owner(queue, OLD, world));
        const ways = [...OLD, ...NEW].flatMap((queue) => STREAMS.map((stream) => [stream, queue] as const));
        for (const [what, which] of actions) {
          if (what === 'publish') world.publish(STREAMS[which % 2] ?? '', which > 5 ? undefined : which);
          else if (what === 'arrive') world.arrive(...(ways[which] ?? ['', '']));
          else if (what === 'arrive all') for (const way of ways) world.arrive(...way);
          else if (what === 'mark' && which > 0) world.mark();
          else if (what === 'mark') world.markAnew();
          else if (what === 'step') owners[which]?.step();
          else owners[which]?.crash();
        }
        finish(world, owners, ways);
        expect([...world.ended].sort()).toEqual(OLD); // none waits for ever
        expectOrder(world);
      }),
      { numRuns: modelRuns(150) },
    );
  });
});

/** Everything arrives, all marks are there, the old queues are read to their ends, and then the new ones. */
function finish(world: World, old: readonly Owner[], ways: readonly (readonly [string, string])[]): void {
  for (let turn = 0; turn < 300; turn++) {
    for (const way of ways) world.arrive(...way);
    world.mark();
    for (const owner of old) owner.step();
  }
  const owners = NEW.map((queue) => new Owner(queue, NEW, world));
  for (let turn = 0; turn < 300; turn++) for (const owner of owners) owner.step();
  expect([...world.queues.values()].flat().filter(isEvent).length).toBeGreaterThanOrEqual(world.published.length);
}
