import { describe, expect, it } from 'vitest';
import type { Barrier } from './barrier.js';
import { barrierMove, isCrossed, sendAgainAfterMs } from './barrier.plan.js';

const QUEUES = ['q0', 'q1', 'q2'];

function aBarrier(reached: readonly string[], stream = 'shop', done = false): Barrier {
  return { id: { group: 'mirror', stream, event: `drop-${stream}` }, reached, done, sentAgain: 0 };
}

describe('the plan of a barrier', () => {
  it('lets the first queue run the handlers when all have reached it, and the others pass when they have run', () => {
    expect(QUEUES.map((queue) => barrierMove(aBarrier(['q0', 'q1']), queue, QUEUES))).toEqual(['wait', 'wait', 'wait']);
    expect(QUEUES.map((queue) => barrierMove(aBarrier(QUEUES), queue, QUEUES))).toEqual(['run', 'wait', 'wait']);
    expect(QUEUES.map((queue) => barrierMove(aBarrier(['q0'], 'shop', true), queue, QUEUES))).toEqual(
      Array(3).fill('pass'),
    );
  });

  it('waits while the group’s queues are not known', () => {
    expect(barrierMove(aBarrier(['q0']), 'q0', [])).toBe('wait');
  });

  it('knows two that were published the other way round into two queues', () => {
    const [shop, crm] = [aBarrier(['q0']), aBarrier(['q1'], 'crm')];
    expect(isCrossed(shop, [shop, crm], 'q0', QUEUES)).toBe(true);
    expect(isCrossed(crm, [shop, crm], 'q1', QUEUES)).toBe(true);
    expect(isCrossed(shop, [shop, aBarrier(['q0'], 'crm')], 'q0', QUEUES)).toBe(false);
    expect(isCrossed(shop, [shop, aBarrier(['q0', 'q1'], 'crm')], 'q0', QUEUES)).toBe(false);
  });

  it('sends again ever more seldom', () => {
    expect([0, 1, 2, 100].map(sendAgainAfterMs)).toEqual([15_000, 30_000, 60_000, 15_000 * 2 ** 16]);
  });
});
