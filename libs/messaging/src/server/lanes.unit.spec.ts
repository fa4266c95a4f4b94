import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.js';

/** Lets everything run that only waits for the microtask queue. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A task that runs until it is told to end. */
class HeldTask {
  started = false;
  private end: () => void = () => undefined;
  readonly run = () => {
    this.started = true;
    return new Promise<void>((resolve, reject) => {
      this.end = () => (this.fails ? reject(new Error('the task failed')) : resolve());
    });
  };
  constructor(
    readonly key: string,
    private readonly fails = false,
  ) {}
  finish() {
    this.end();
  }
}

describe('lanes', () => {
  it('run tasks of one key in order and those of others side by side', async () => {
    const lanes = new Lanes(10);
    const [a1, a2, b1] = [new HeldTask('a'), new HeldTask('a'), new HeldTask('b')];
    for (const task of [a1, a2, b1]) lanes.push(task.key, lanes, task.run);
    expect([a1.started, a2.started, b1.started]).toEqual([true, false, true]);
    a1.finish();
    await settled();
    expect(a2.started).toBe(true);
  });

  it('keep a lane that still runs when its owner takes back what waits', async () => {
    const lanes = new Lanes(10);
    const lost = {};
    const first = new HeldTask('a');
    const never = new HeldTask('a');
    const again = new HeldTask('a');
    lanes.push('a', lost, first.run);
    lanes.push('a', lost, never.run);
    lanes.discard(lost);
    lanes.push('a', {}, again.run);
    expect(again.started).toBe(false);
    first.finish();
    await settled();
    expect([never.started, again.started]).toEqual([false, true]);
  });

  it('are idle when nothing runs any more, also for an owner that is gone', async () => {
    const lanes = new Lanes(10);
    const [a, b] = [new HeldTask('a'), new HeldTask('b')];
    for (const task of [a, b]) lanes.push(task.key, lanes, task.run);
    let isIdle = false;
    const idle = lanes.idle().then(() => (isIdle = true));
    lanes.discard(lanes);
    a.finish();
    await settled();
    expect(isIdle).toBe(false);
    b.finish();
    await idle;
  });

  it('go on in order, and are forgotten when they end, however many have come and gone', async () => {
    const lanes = new Lanes(10);
    const ran: number[] = [];
    const count = 2_000;
    for (let n = 0; n < count; n++) {
      lanes.push(`document ${Math.floor(n / 4)}`, lanes, async () => void ran.push(n)); // of four tasks each
      if (n % 100 === 99) await settled();
    }
    await lanes.idle();
    for (let lane = 0; lane < count; lane += 4)
      expect(ran.filter((n) => n >= lane && n < lane + 4)).toEqual([lane, lane + 1, lane + 2, lane + 3]);
    expect([ran.length, lanes.size]).toEqual([count, 0]);
  });

  it('forget all that one owner has waiting, and keep the others, in hundreds of lanes', async () => {
    const lanes = new Lanes(1);
    const [lost, kept] = [{}, {}];
    const first = new HeldTask('first');
    lanes.push(first.key, lost, first.run);
    const ran: number[] = [];
    for (let n = 0; n < 1_000; n++)
      lanes.push(`document ${n}`, n % 2 === 0 ? lost : kept, async () => void ran.push(n));
    lanes.discard(lost);
    expect(lanes.size).toBe(501); // with the one that runs
    first.finish();
    await lanes.idle();
    expect(ran).toEqual(Array.from({ length: 500 }, (_, n) => 2 * n + 1));
  });

  it('keep their promises under any interleaving of arrivals, ends, failures and discards', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('push' as const),
          key: fc.constantFrom('a', 'b', 'c', 'd'),
          owner: fc.nat(1),
          fails: fc.boolean(),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const), which: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('discard' as const), owner: fc.nat(1) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, concurrency) => {
          const lanes = new Lanes(concurrency);
          const owners = [{}, {}];
          let waiting: { task: HeldTask; owner: number }[] = [];
          let running: HeldTask[] = [];
          /** Moves what has started, and checks that it was its key's turn. */
          const observe = () => {
            const begun = waiting.filter(({ task }) => task.started);
            for (const { task } of begun) {
              const before = waiting.slice(
                0,
                waiting.findIndex((entry) => entry.task === task),
              );
              expect(before.filter((entry) => entry.task.key === task.key && !entry.task.started)).toEqual([]);
            }
            waiting = waiting.filter(({ task }) => !task.started);
            running.push(...begun.map(({ task }) => task));
            expect(running.length).toBeLessThanOrEqual(concurrency);
            expect(new Set(running.map((task) => task.key)).size).toBe(running.length);
            expect(lanes.size).toBe(
              new Set([...running, ...waiting.map(({ task }) => task)].map((task) => task.key)).size,
            );
            const idle = new Set(
              waiting.map(({ task }) => task.key).filter((key) => running.every((task) => task.key !== key)),
            );
            if (running.length < concurrency) expect(idle.size).toBe(0); // nothing waits that could run
          };
          const finishOne = async (which: number) => {
            const task = running[which % running.length];
            running = running.filter((other) => other !== task);
            task?.finish();
            await settled();
          };
          for (const now of steps) {
            if (now.do === 'push') {
              const task = new HeldTask(now.key, now.fails);
              waiting.push({ task, owner: now.owner });
              lanes.push(now.key, owners[now.owner] ?? {}, task.run);
            } else if (now.do === 'finish' && running.length > 0) await finishOne(now.which);
            else if (now.do === 'discard') {
              lanes.discard(owners[now.owner] ?? {});
              waiting = waiting.filter(({ owner }) => owner !== now.owner);
            }
            observe();
          }
          while (running.length > 0) {
            await finishOne(0);
            observe();
          }
          expect([lanes.size, lanes.active, waiting.length]).toEqual([0, 0, 0]);
        },
      ),
    );
  });
});
