import { topologyNames, type StreamSettlement } from '@sluice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundGenerations, repartitionOf, repartitionStep } from './repartition.plan.js';

const names = topologyNames('sluice.events');
const CURRENT = { _id: 'mirror', partitions: 2, generation: 1 };
const NEW = 3;
const queuesOf = (partitions: number, generation: number) =>
  Array.from({ length: partitions }, (_, partition) => names.partitionQueue('mirror', generation, partition));

/** What stands in a queue: an event of a document, or the mark. */
type Message = { readonly document: number; readonly version: number } | 'mark';

/** A broker and a state database, a stream that publishes, and replicas of which any may do the next thing. */
class Model {
  group = {
    ...{ ...CURRENT, state: 'bound' as const, revision: 1, former: [] as string[], queues: queuesOf(2, 1) },
    next: repartitionOf(CURRENT, { id: 'x', partitions: NEW, names }) as ReturnType<typeof repartitionOf> | null,
  };
  readonly handled: { document: number; version: number }[] = [];
  readonly versions = new Map<number, number>();
  private readonly queues = new Map<string, Message[]>(queuesOf(2, 1).map((queue) => [queue, []]));
  private readonly bound = new Set(['1']);
  /** Routed by what was bound when the broker saw it, and not in the queues yet. */
  private onTheWay: { message: Exclude<Message, 'mark'>; queues: string[] }[] = [];
  private settled = false;

  publish(document: number): void {
    const message = { document, version: (this.versions.get(document) ?? 0) + 1 };
    this.versions.set(document, message.version);
    const generations = [...this.bound].map((each) => (each === '1' ? { count: 2, each: 1 } : { count: NEW, each: 2 }));
    this.onTheWay.push({
      message,
      queues: generations.map(({ count, each }) => queuesOf(count, each)[document % count] ?? ''),
    });
  }

  /** The broker puts what it has routed into the queues, and confirms it. */
  deliver(): void {
    const next = this.onTheWay.shift();
    for (const queue of next?.queues ?? []) this.queues.get(queue)?.push(next?.message ?? 'mark');
  }

  /** The stream sees that both are bound, and that all it had sent is confirmed. */
  witness(): void {
    if (this.group.next?.step === 'settling' && this.onTheWay.length === 0) this.settled = true;
  }

  /** A replica does the next thing; it may die in the middle, so that another does it again. */
  advance(dies: boolean): void {
    const stream = { _id: 's', holder: 'p', leaseUntil: null, settled: this.settled ? { mirror: 'x' } : {} };
    const streams: StreamSettlement[] = [stream];
    const step = repartitionStep(this.group, { streams, membersBehind: [], nowMs: 0 });
    const { next } = this.group;
    if (step.do === 'bind') {
      for (const queue of step.next.queues) if (!this.queues.has(queue)) this.queues.set(queue, []);
      this.bound.add('2');
      if (!dies) this.group = { ...this.group, next: { ...step.next, step: 'settling' } };
    } else if (step.do === 'mark') {
      for (const queue of this.group.queues) this.queues.get(queue)?.push('mark');
      if (dies) return;
      this.group = { ...this.group, next: { ...step.next, step: 'reading', ended: next?.ended ?? [] } };
      this.bound.delete('1');
    } else if (step.do === 'switch') {
      const { partitions, generation, queues } = step.next;
      this.group = { ...this.group, partitions, generation, queues, former: this.group.queues, next: null };
    } else if (step.do === 'remove') {
      for (const queue of step.queues) this.queues.delete(queue);
      if (!dies) this.group = { ...this.group, former: [] };
    }
  }

  /** The owner of a partition handles what is next in it, as far as the mark. */
  read(partition: number): void {
    const queue = this.queues.get(this.group.queues[partition % this.group.queues.length] ?? '') ?? [];
    const index = partition % this.group.queues.length;
    const [message] = queue;
    if (message === undefined) return;
    if (message === 'mark') {
      const { next } = this.group;
      if (next !== null && !next.ended.includes(index)) {
        this.group = { ...this.group, next: { ...next, ended: [...next.ended, index] } };
      }
      return;
    }
    queue.shift();
    this.handled.push(message);
  }

  finish(): void {
    for (let turn = 0; turn < 1_000; turn++) {
      this.deliver();
      this.witness();
      this.advance(false);
      this.read(turn);
    }
  }
}

describe('a repartition', () => {
  it('loses no event and reorders no document, however its steps, crashes, reads and publishes fall together', () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), which: fc.nat(5) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(1) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), which: fc.nat(5) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('witness' as const), which: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), which: fc.nat(1) }) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150 }), (actions) => {
        const model = new Model();
        for (const each of actions) {
          if (each.do === 'advance') model.advance(each.which === 0);
          else if (each.do === 'publish') model.publish(each.which);
          else if (each.do === 'read') model.read(each.which);
          else model[each.do]();
        }
        model.finish();
        expect(model.group).toMatchObject({ partitions: NEW, generation: 2, next: null, former: [] });
        for (const [document, last] of model.versions) {
          const versions = model.handled.filter((each) => each.document === document).map(({ version }) => version);
          expect([...new Set(versions)]).toEqual(Array.from({ length: last }, (_, index) => index + 1));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not wait for a stream that nobody runs, nor for one whose lease has run out', () => {
    const { group } = new Model();
    const next = { ...repartitionOf(CURRENT, { id: 'x', partitions: NEW, names }), step: 'settling' as const };
    const stepWith = (stream: Partial<StreamSettlement>) => {
      const streams = [{ _id: 's', holder: 'p', leaseUntil: new Date(2_000), settled: {}, ...stream }];
      return repartitionStep({ ...group, next }, { streams, membersBehind: [], nowMs: 1_000 }).do;
    };
    expect(stepWith({})).toBe('wait');
    expect(stepWith({ settled: { mirror: 'another' } })).toBe('wait');
    expect(stepWith({ settled: { mirror: 'x' } })).toBe('mark');
    expect(stepWith({ holder: null })).toBe('mark');
    expect(stepWith({ leaseUntil: new Date(1_000) })).toBe('mark');
  });

  it('deletes the old queues only when every member knows of the new ones', () => {
    const done = { ...new Model().group, next: null, former: ['q'] };
    const stepWith = (membersBehind: string[]) => repartitionStep(done, { streams: [], membersBehind, nowMs: 0 }).do;
    expect([stepWith(['m']), stepWith([])]).toEqual(['wait', 'remove']);
  });

  it('has its queues bound beside the old ones until those hold their marks', () => {
    const next = repartitionOf(CURRENT, { id: 'x', partitions: NEW, names });
    const boundIn = (step: 'binding' | 'settling' | 'reading') =>
      boundGenerations({ ...CURRENT, next: { ...next, step } }).map(({ generation }) => generation);
    expect([boundIn('binding'), boundIn('settling'), boundIn('reading')]).toEqual([[1], [2, 1], [2]]);
  });
});
