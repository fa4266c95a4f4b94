import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallGate, type CallKind } from './call.gate.js';

/** Patience ends when the test says so. */
class HandClock {
  private readonly waits = new Set<() => void>();

  wait(_ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.waits.add(resolve);
      signal.addEventListener('abort', () => resolve());
    });
  }
  async pass(): Promise<void> {
    for (const end of this.waits) end();
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

class Calls {
  readonly running: CallKind[] = [];
  readonly begun: number[] = [];
  private readonly ends: (() => void)[] = [];
  readonly clock = new HandClock();
  readonly gate = new CallGate(1_000, this.clock);

  begin(kind: CallKind, name = 0, signal = new AbortController().signal): Promise<void> {
    const call = async () => {
      this.running.push(kind);
      this.begun.push(name);
      await new Promise<void>((resolve) => this.ends.push(resolve));
      this.running.splice(this.running.indexOf(kind), 1);
    };
    return this.gate.pass(kind, call, signal);
  }
  endFirst(): void {
    this.ends.shift()?.();
  }
}

describe('the gate of calls', () => {
  it('has one that is to be alone alone, loses none and keeps their order, whatever comes, ends and is given up', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('begin' as const), kind: fc.constantFrom<CallKind>('beside', 'alone') }),
      fc.record({ do: fc.constantFrom('end' as const, 'give-up' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const calls = new Calls();
        const aborts: AbortController[] = [];
        const outcomes: Promise<void>[] = [];
        for (const [index, each] of steps.entries()) {
          if (each.do === 'begin') {
            const abort = new AbortController();
            aborts.push(abort);
            const outcome = calls.begin(each.kind, index, abort.signal);
            outcome.catch(() => undefined); // looked at in the end
            outcomes.push(outcome);
          } else if (each.do === 'end') calls.endFirst();
          else aborts.at(-1)?.abort(new Error('stopping'));
          await settled();
          if (calls.running.includes('alone')) expect(calls.running).toEqual(['alone']);
        }
        const ending = Promise.allSettled(outcomes);
        for (const _each of outcomes) {
          calls.endFirst();
          await settled();
        }
        const rejected = (await ending).filter(({ status }) => status === 'rejected').length;
        expect(calls.begun).toHaveLength(outcomes.length - rejected);
        expect(calls.begun).toEqual([...calls.begun].sort((a, b) => a - b));
      }),
    );
  });

  it('has one alone that hangs go on beside the others, in the order in which they wait', async () => {
    const calls = new Calls();
    const names: [CallKind, number][] = [
      ['alone', 1],
      ['alone', 2],
      ['beside', 3],
      ['beside', 4],
    ];
    const all = names.map(([kind, name]) => calls.begin(kind, name));
    await settled();
    expect(calls.begun).toEqual([1]);
    await calls.clock.pass();
    expect(calls.begun).toEqual([1, 2]); // that one has waited long enough for those beside it, too
    all.push(calls.begin('beside', 5));
    await calls.clock.pass();
    expect(calls.begun).toEqual([1, 2, 3, 4, 5]);
    all.push(calls.begin('alone', 6));
    for (let left = 0; left < 5; left++) calls.endFirst();
    await settled();
    expect(calls.begun).toEqual([1, 2, 3, 4, 5, 6]);
    calls.endFirst();
    await Promise.all(all);
  });

  it('answers as the call does, and a failed one lets the next go on', async () => {
    const { gate } = new Calls();
    const { signal } = new AbortController();
    await expect(gate.pass('alone', () => Promise.reject(new TypeError('no')), signal)).rejects.toThrow('no');
    expect(await gate.pass('beside', () => Promise.resolve(5), signal)).toBe(5);
  });
});
