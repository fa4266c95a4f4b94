import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import type { AloneStep, StepOutcome } from './delivery.js';
import { PartitionIntake, type Arrival } from './partition.intake.js';

/** A partition whose lanes and steps end when the test says so. */
class Partition {
  readonly log: string[] = [];
  readonly running = new Map<number, Arrival>();
  /** What ends the steps that are being done. */
  readonly steps: { readonly stream: string; readonly end: (outcome: StepOutcome) => void }[] = [];
  private readonly intake = new PartitionIntake({
    begin: (arrival) => {
      this.running.set(arrival.tag, arrival);
      this.log.push(`run ${arrival.tag}`);
    },
    alone: (step: AloneStep) =>
      step({ stopping: new AbortController().signal, over: new AbortController().signal, isFull: () => false }),
    kept: (count) => (this.kept = count),
  });
  kept = 0;
  private tag = 0;

  /** `steps`: how many are to be done before it. */
  deliver(stream: string | undefined, steps = 0, holds = false): number {
    const tag = (this.tag += 1);
    let left = steps;
    const alone = () => (left-- > 0 ? () => this.step(tag, stream ?? '') : undefined);
    const task = { lane: String(tag), holds, alone, run: () => Promise.resolve('settled' as const) };
    this.intake.add({ tag, task: stream === undefined ? task : { ...task, stream } });
    return tag;
  }

  async settle(tag: number): Promise<void> {
    const arrival = this.running.get(tag);
    if (arrival === undefined) throw new Error(`${tag} does not run`);
    this.running.delete(tag);
    this.log.push(`settled ${tag}`);
    this.intake.settled(arrival);
    await turn();
  }

  async endStep(outcome: StepOutcome = 'passed'): Promise<void> {
    this.steps.shift()?.end(outcome);
    await turn();
  }

  private step(tag: number, stream: string): Promise<StepOutcome> {
    this.log.push(`step ${tag}`);
    return new Promise((end) => this.steps.push({ stream, end }));
  }
}

/** Everything that promises have to do is done. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the intake of a partition', () => {
  it('does a step when everything before it has settled, and lets in what is behind only then', async () => {
    const partition = new Partition();
    const [first, second] = [partition.deliver('shop'), partition.deliver('shop')];
    const third = partition.deliver('shop', 1);
    partition.deliver('shop');
    await partition.settle(second);
    expect(partition.steps).toHaveLength(0);
    await partition.settle(first);
    expect(partition.log.at(-1)).toBe(`step ${third}`);
    await partition.endStep();
    expect(partition.log.slice(-2)).toEqual(['run 3', 'run 4']);
  });

  it('keeps what is behind until a task that holds has settled', async () => {
    const partition = new Partition();
    const barrier = partition.deliver('shop', 2, true);
    partition.deliver('shop');
    await turn();
    await partition.endStep();
    await partition.endStep();
    expect([...partition.running.keys()]).toEqual([barrier]);
    await partition.settle(barrier);
    expect([...partition.running.keys()]).toEqual([barrier + 1]);
  });

  it('neither waits for other streams nor holds them', async () => {
    const partition = new Partition();
    partition.deliver('crm');
    partition.deliver('shop', 1);
    await turn();
    expect(partition.log).toEqual(['run 1', 'step 2']);
    partition.deliver('crm');
    partition.deliver(undefined);
    expect(partition.log.slice(-2)).toEqual(['run 3', 'run 4']);
  });

  it('begins nothing more of a stream that is over, and counts what it keeps of it; others go on', async () => {
    const partition = new Partition();
    partition.deliver('shop');
    partition.deliver('shop', 1, true);
    partition.deliver('shop');
    await partition.settle(1);
    await partition.endStep('over');
    expect(partition.kept).toBe(2);
    partition.deliver('shop');
    partition.deliver('crm');
    expect(partition.kept).toBe(3);
    expect([...partition.running.keys()]).toEqual([5]);
  });

  it('begins each stream in its order, steps alone, and leaves nothing behind, however deliveries and ends fall', async () => {
    const deliveries = fc.record({
      stream: fc.constantFrom('shop', 'crm'),
      steps: fc.constantFrom(0, 0, 0, 1, 2),
      holds: fc.boolean(),
    });
    const moves = fc.array(fc.oneof(deliveries, fc.nat(20)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(moves, async (plan) => {
        const partition = new Partition();
        const of: { stream: string; steps: number; holds: boolean }[] = [];
        for (const move of plan) {
          if (typeof move === 'object') {
            of.push(move);
            partition.deliver(move.stream, move.steps, move.steps > 0 && move.holds);
            await turn();
          } else await endOne(partition, move);
        }
        while (partition.running.size + partition.steps.length > 0) await endOne(partition, 0);
        for (const stream of ['shop', 'crm']) {
          const own = partition.log.filter((line) => of[tagOf(line) - 1]?.stream === stream);
          expect(own.filter((line) => line.startsWith('run')).map(tagOf)).toEqual(
            of.flatMap((each, index) => (each.stream === stream ? [index + 1] : [])),
          );
          expectStepsAlone(own, of);
        }
      }),
      { numRuns: modelRuns(60) },
    );
  });
});

async function endOne(partition: Partition, choice: number): Promise<void> {
  const tags = [...partition.running.keys()];
  const pick = choice % Math.max(1, tags.length + Math.min(1, partition.steps.length));
  const tag = tags[pick];
  await (tag === undefined ? partition.endStep() : partition.settle(tag));
}

function expectStepsAlone(log: readonly string[], of: readonly { steps: number; holds: boolean }[]): void {
  const running = new Set<number>();
  let holding = 0;
  for (const line of log) {
    const tag = tagOf(line);
    if (line.startsWith('step')) expect([...running]).toEqual([]);
    if (line.startsWith('settled')) running.delete(tag);
    if (!line.startsWith('run')) {
      if (holding === tag) holding = 0;
      continue;
    }
    expect(holding).toBe(0);
    running.add(tag);
    const delivered = of[tag - 1];
    if (delivered !== undefined && delivered.steps > 0 && delivered.holds) holding = tag;
  }
}

function tagOf(line: string): number {
  return Number(line.split(' ')[1]);
}
