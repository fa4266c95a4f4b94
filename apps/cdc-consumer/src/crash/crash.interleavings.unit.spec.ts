import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import { MemoryCrashStore } from './memory-crash.store.fixture.js';
import { CRASH_ATTEMPTS, ModelQueue, MortalConsumer, type ModelMessage } from './mortal.consumer.fixture.js';
import { NOTED_AT_ONCE } from './partition.tenure.js';

type Fault = 'kill' | 'lose' | 'hand over';

/** Two replicas and a group's queues: who dies is started again, and the other takes what it had. */
class Group {
  readonly store = new MemoryCrashStore();
  readonly deaths = new Map<string, number>();
  private readonly replicas: [MortalConsumer, MortalConsumer];
  private readonly owners = new Map<ModelQueue, 0 | 1>();
  private readonly leaving = new Set<ModelQueue>();
  private started = 0;

  constructor(readonly queues: readonly ModelQueue[]) {
    this.replicas = [this.start(), this.start()];
    for (const [index, queue] of queues.entries()) this.owners.set(queue, index % 2 === 0 ? 0 : 1);
  }

  get isDone(): boolean {
    return this.queues.every(({ messages }) => messages.length === 0);
  }

  get neverAlone(): string[] {
    return this.replicas.flatMap(({ broken }) => broken);
  }

  /** Some turns of the event loop; then the dead are replaced, and what nobody has is taken. */
  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) {
      await nextTurn();
      for (const place of [0, 1] as const) if (!this.replicas[place].isAlive) this.replace(place);
      for (const queue of this.queues) {
        const owner = this.replicas[this.ownerOf(queue)];
        if (!owner.has(queue) && !this.leaving.has(queue)) owner.subscribe(queue);
      }
    }
  }

  async suffer(fault: Fault, at: number): Promise<void> {
    const queue = this.queues[at % this.queues.length];
    if (queue === undefined) return;
    const owner = this.replicas[this.ownerOf(queue)];
    if (fault === 'kill') owner.die();
    else if (fault === 'lose') owner.lose(queue);
    else await this.handOver(queue, owner);
  }

  private async handOver(queue: ModelQueue, from: MortalConsumer): Promise<void> {
    this.leaving.add(queue);
    const left = from.leave(queue);
    this.owners.set(queue, this.ownerOf(queue) === 0 ? 1 : 0);
    await left;
    this.leaving.delete(queue);
  }

  private ownerOf(queue: ModelQueue): 0 | 1 {
    return this.owners.get(queue) ?? 0;
  }

  private replace(place: 0 | 1): void {
    this.replicas[place] = this.start();
    for (const queue of this.queues) if (this.ownerOf(queue) === place) this.owners.set(queue, place === 0 ? 1 : 0);
  }

  private start(): MortalConsumer {
    this.started += 1;
    return new MortalConsumer(`replica-${this.started}`, this.store, ({ id }) =>
      this.deaths.set(id, (this.deaths.get(id) ?? 0) + 1),
    );
  }
}

function aQueue(name: string, size: number, { kills = [] as number[], fails = [] as number[], prefetch = 60 }) {
  const messages = Array.from({ length: size }, (_, index): ModelMessage => {
    const failures = fails.filter((each) => each % size === index).length;
    return { id: `${name}-${index}`, kills: kills.includes(index), failures, redelivered: false };
  });
  return new ModelQueue(name, messages, prefetch);
}

async function untilDone(group: Group): Promise<void> {
  for (let round = 0; round < 20_000 && !group.isDone; round++) await group.turns(1);
  expect(group.isDone).toBe(true);
}

describe('finding the event that kills the process', () => {
  beforeAll(() => Logger.overrideLogger(false)); // each death is told

  it('refuses it and none of its neighbours, within its attempts, whatever else dies, is lost and handed over', async () => {
    const queue = fc.record({
      size: fc.integer({ min: 1, max: 90 }),
      poison: fc.option(fc.nat()),
      fails: fc.array(fc.nat(), { maxLength: 5 }),
    });
    const fault = fc.record({
      after: fc.integer({ min: 0, max: 60 }),
      do: fc.constantFrom<Fault>('kill', 'lose', 'hand over', 'lose', 'hand over'),
      at: fc.nat({ max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(queue, { minLength: 1, maxLength: 3 }),
        fc.array(fault, { maxLength: 12 }),
        async (queues, faults) => {
          const group = new Group(
            queues.map(({ size, poison, fails }, index) =>
              aQueue(`q${index}`, size, { kills: poison === null ? [] : [poison % size], fails }),
            ),
          );
          const poisoned = queues.flatMap(({ size, poison }, index) =>
            poison === null ? [] : [`q${index}-${poison % size}`],
          );
          let kills = 0;
          for (const { after, do: what, at } of faults) {
            await group.turns(after);
            if (what === 'kill') kills += 1;
            // More of these, each in the same call by chance, would be as good a proof against it as any.
            if (what !== 'kill' || kills < CRASH_ATTEMPTS) await group.suffer(what, at);
          }
          await untilDone(group);
          expect(group.queues.flatMap(({ refused }) => refused).sort()).toEqual(poisoned.sort());
          // Whoever gives a partition up in order takes the dozens along that were noted since the last death.
          const handOvers = faults.filter(({ do: what }) => what === 'hand over').length;
          for (const id of poisoned) expect(group.deaths.get(id)).toBeLessThanOrEqual(CRASH_ATTEMPTS + 2 + handOvers);
          expect(group.neverAlone).toEqual([]);
        },
      ),
      { numRuns: modelRuns(40), endOnFailure: true },
    );
  });

  it('costs a write for dozens after a death, and none for what was fresh', async () => {
    const queue = aQueue('q', 500, { prefetch: 200 });
    const group = new Group([queue]);
    await group.turns(4);
    const before = queue.messages.length;
    await group.suffer('kill', 0);
    await untilDone(group);
    expect(before).toBeGreaterThan(300);
    expect(group.store.writes).toEqual({ take: 2, note: Math.ceil(200 / NOTED_AT_ONCE), begin: 0, end: 0 });
    expect(queue.refused).toEqual([]);
  });

  it('kills the process twice before it is noted by itself: among all that came again, then among dozens', async () => {
    const queue = aQueue('q', 100, { kills: [50], prefetch: 80 });
    const group = new Group([queue]);
    await untilDone(group);
    expect(queue.refused).toEqual(['q-50']);
    expect(group.deaths).toEqual(new Map([['q-50', 2 + CRASH_ATTEMPTS]]));
    expect(group.store.writes.begin).toBeLessThanOrEqual(NOTED_AT_ONCE + CRASH_ATTEMPTS * NOTED_AT_ONCE);
  });
});
