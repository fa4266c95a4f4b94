import { positionKey, type Position } from '@sluice/contracts';
import fc from 'fast-check';
import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { HandledPrefix } from './handled.prefix.js';

const at = (t: number): Position => ({ clusterTime: new Timestamp({ t, i: 1 }), generation: 0, ordinal: 0 });

describe('how far a stream is handled', () => {
  it('is the last event before which none is open, in whatever order they settle and however they mix', () => {
    const run = fc.record({
      times: fc.array(fc.nat(50), { minLength: 1, maxLength: 60 }),
      // At each step the next delivery comes, or one of those that are open settles.
      steps: fc.array(fc.record({ settle: fc.boolean(), which: fc.nat(), counts: fc.boolean() }), { maxLength: 200 }),
    });
    fc.assert(
      fc.property(run, ({ times, steps }) => {
        const prefix = new HandledPrefix();
        const come: { t: number; settled?: { counts: boolean } }[] = [];
        const open: { index: number; mark: ReturnType<HandledPrefix['begin']> }[] = [];
        for (const { settle, which, counts } of steps) {
          const t = times[come.length];
          if (settle && open.length > 0) {
            const [taken] = open.splice(which % open.length, 1);
            taken?.mark.settle(counts);
            const entry = come[taken?.index ?? -1];
            if (entry !== undefined) entry.settled = { counts };
          } else if (t !== undefined) {
            open.push({ index: come.length, mark: prefix.begin(at(t)) });
            come.push({ t });
          }
          const end = come.findIndex(({ settled }) => settled === undefined);
          const done = end < 0 ? come : come.slice(0, end);
          const last = done.filter(({ settled }) => settled?.counts).at(-1);
          expect(prefix.reached && positionKey(prefix.reached)).toBe(last && positionKey(at(last.t)));
        }
      }),
    );
  });

  it('keeps nothing of what it has passed', () => {
    const prefix = new HandledPrefix();
    const first = prefix.begin(at(0));
    const marks = Array.from({ length: 5_000 }, (_, index) => prefix.begin(at(index + 1)));
    for (const mark of marks) mark.settle(true);
    expect(prefix.reached).toBeUndefined();
    first.settle(true);
    expect(prefix.reached).toEqual(at(5_000));
    expect(prefix.held).toBe(0);
  });
});
