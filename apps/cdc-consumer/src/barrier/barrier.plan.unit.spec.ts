import { describe, expect, it } from 'vitest';
import type { Barrier } from './barrier.js';
import { awaitedQueues, barrierMove, isCrossed, sendAgainAfterMs, type BarrierSight } from './barrier.plan.js';

const QUEUES = ['q0', 'q1', 'q2'];

function aBarrier(reached: readonly string[], stream = 'shop', done = false): Barrier {
  return { id: { group: 'mirror', stream, event: `drop-${stream}` }, reached, done, sentAgain: 0 };
}

function aSight(queue: string, sight: Partial<BarrierSight> = {}): BarrierSight {
  return { queue, queues: QUEUES, ended: [], isDoubled: false, ...sight };
}

const movesAt = (barrier: Barrier, sight: Partial<BarrierSight> = {}) =>
  QUEUES.map((queue) => barrierMove(barrier, aSight(queue, sight)));

describe('the plan of a barrier', () => {
  it('lets the first queue run the handlers when all have reached it, and the others pass when they have run', () => {
    expect(movesAt(aBarrier(['q0', 'q1']))).toEqual(['wait', 'wait', 'wait']);
    expect(movesAt(aBarrier(QUEUES))).toEqual(['run', 'wait', 'wait']);
    expect(movesAt(aBarrier(['q0'], 'shop', true))).toEqual(['pass', 'pass', 'pass']);
  });

  it('waits while the group’s queues are not known', () => {
    expect(barrierMove(aBarrier(['q0']), aSight('q0', { queues: [] }))).toBe('wait');
  });

  it('ends its stream where a queue has ended without it, and the next generation has it', () => {
    const sight = { ended: ['q0'], isDoubled: true };
    expect(movesAt(aBarrier(['q1']), sight).slice(1)).toEqual(['over', 'over']);
    expect(movesAt(aBarrier(QUEUES), sight).slice(1)).toEqual(['run', 'wait']); // q0 was deleted after it had reached it
  });

  it('does without an ended queue that lacks it where the next generation may lack it too', () => {
    const ended = ['q0'];
    expect(movesAt(aBarrier(['q1']), { ended }).slice(1)).toEqual(['wait', 'wait']);
    expect(movesAt(aBarrier(['q1', 'q2']), { ended }).slice(1)).toEqual(['run', 'wait']);
    expect(awaitedQueues(['q1'], { queues: QUEUES, ended })).toEqual(['q2']);
  });

  it('knows two that were published the other way round into two queues', () => {
    const [shop, crm] = [aBarrier(['q0']), aBarrier(['q1'], 'crm')];
    expect(isCrossed(shop, [shop, crm], aSight('q0'))).toBe(true);
    expect(isCrossed(crm, [shop, crm], aSight('q1'))).toBe(true);
    expect(isCrossed(shop, [shop, crm], aSight('q0', { ended: ['q1'] }))).toBe(false); // nothing begins there any more
    expect(isCrossed(shop, [shop, aBarrier(['q0'], 'crm')], aSight('q0'))).toBe(false);
    expect(isCrossed(shop, [shop, aBarrier(['q0', 'q1'], 'crm')], aSight('q0'))).toBe(false);
  });

  it('sends again ever more seldom', () => {
    expect([0, 1, 2, 100].map(sendAgainAfterMs)).toEqual([15_000, 30_000, 60_000, 15_000 * 2 ** 16]);
  });
});
