import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Acknowledgements, HOLE_MS, type Acknowledgement } from './acknowledgements.js';

function withDeliveries(count: number, prefetch = 200): Acknowledgements {
  const acknowledgements = new Acknowledgements(prefetch);
  for (let tag = 1; tag <= count; tag++) acknowledgements.delivered(tag, 0);
  return acknowledgements;
}

/** What the broker does with an acknowledgement; an unknown tag closes the channel there. */
class BrokerChannel {
  readonly outstanding = new Set<number>();
  readonly acknowledged = new Set<number>();
  apply({ tag, multiple }: Acknowledgement): void {
    if (!this.outstanding.has(tag)) throw new Error(`PRECONDITION_FAILED - unknown delivery tag ${tag}`);
    for (const other of [...this.outstanding].filter((each) => each === tag || (multiple && each < tag))) {
      this.outstanding.delete(other);
      this.acknowledged.add(other);
    }
  }
}

describe('acknowledgements', () => {
  it('covers the contiguous settled run with one', () => {
    const acknowledgements = withDeliveries(5);
    for (const tag of [2, 1, 3, 5]) acknowledgements.settle(tag);
    expect(acknowledgements.due(10)).toEqual([{ tag: 3, multiple: true }]);
    expect(acknowledgements.due(10)).toEqual([]);
  });

  it('sends a run of one without "multiple"', () => {
    const acknowledgements = withDeliveries(2);
    acknowledgements.settle(1);
    expect(acknowledgements.due(0)).toEqual([{ tag: 1, multiple: false }]);
  });

  it('passes a hole that is older than a second', () => {
    const acknowledgements = withDeliveries(3);
    acknowledgements.settle(2);
    expect(acknowledgements.due(HOLE_MS)).toEqual([]);
    expect(acknowledgements.due(HOLE_MS + 1)).toEqual([{ tag: 2, multiple: false }]);
  });

  it('passes a young hole once half the prefetch has piled up behind it', () => {
    const acknowledgements = withDeliveries(4, 4);
    acknowledgements.settle(3);
    expect(acknowledgements.due(0)).toEqual([]);
    acknowledgements.settle(4);
    expect(acknowledgements.due(0)).toEqual([
      { tag: 3, multiple: false },
      { tag: 4, multiple: false },
    ]);
  });

  it('closes a run over tags that were acknowledged singly before', () => {
    const acknowledgements = withDeliveries(4);
    acknowledgements.settle(2);
    acknowledgements.due(HOLE_MS + 1);
    acknowledgements.settle(1);
    acknowledgements.settle(3);
    expect(acknowledgements.due(HOLE_MS + 2)).toEqual([{ tag: 3, multiple: true }]);
  });

  it('never covers an unsettled tag, never a tag twice, and in the end every settled one', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('deliver' as const) }),
      fc.record({ do: fc.constant('settle' as const), which: fc.nat(20) }),
      fc.record({ do: fc.constant('flush' as const) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2 * HOLE_MS) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (steps, prefetch) => {
        const acknowledgements = new Acknowledgements(prefetch);
        const broker = new BrokerChannel();
        const settled = new Set<number>();
        let now = 0;
        let tag = 0;
        const flush = () => {
          for (const acknowledgement of acknowledgements.due(now)) broker.apply(acknowledgement);
          expect([...broker.acknowledged].filter((each) => !settled.has(each))).toEqual([]);
          expect(acknowledgements.outstandingCount).toBe(broker.outstanding.size);
        };
        for (const next of steps) {
          if (next.do === 'deliver' && broker.outstanding.size < prefetch) {
            tag += 1;
            broker.outstanding.add(tag);
            acknowledgements.delivered(tag, now);
          } else if (next.do === 'settle') {
            const open = [...broker.outstanding].filter((each) => !settled.has(each));
            const chosen = open[next.which % Math.max(1, open.length)];
            if (chosen !== undefined) acknowledgements.settle(chosen);
            if (chosen !== undefined) settled.add(chosen);
          } else if (next.do === 'wait') now += next.ms;
          else flush();
        }
        now += HOLE_MS + 1; // whatever hole is left is older than a second now
        flush();
        expect([...settled].filter((each) => !broker.acknowledged.has(each))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
