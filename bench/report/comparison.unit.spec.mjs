import { describe, expect, it } from 'vitest';
import { CPU, RATE } from '../lib/columns.mjs';
import { against, compared } from './comparison.mjs';

const row = (name, rates, more = {}) => ({
  name,
  title: name,
  runs: rates.map((eventsPerSecond) => ({ eventsPerSecond, cpuMicrosecondsPerEvent: 1e6 / eventsPerSecond })),
  ...more,
});

describe('rows beside their base', () => {
  it('are compared round by round, so that a slow round slows both', () => {
    const rows = [row('ceiling', [100, 10, 1_000]), row('ours', [90, 9, 900])];
    const [base, ours] = compared({ rows, base: 'ceiling', columns: [RATE, CPU] });
    expect(ours.cells[0]).toMatchObject({ value: { median: 90 }, toBase: { median: 0.9, least: 0.9, most: 0.9 } });
    expect(ours.cells[1].toBase.median).toBeCloseTo(1 / 0.9);
    expect([base.isBase, ours.isBase]).toEqual([true, false]);
  });

  it('are compared with a base of their own where they name one', () => {
    const rows = [row('small', [100]), row('large', [10]), row('ours', [5], { base: 'large' })];
    expect(compared({ rows, base: 'small', columns: [RATE] })[2].cells[0].toBase.median).toBe(0.5);
  });

  it('have figures of their own where the base failed, and nothing beside them', () => {
    const rows = [row('ceiling', [100], { notRun: 'ended by itself' }), row('ours', [90])];
    const [base, ours] = compared({ rows, base: 'ceiling', columns: [RATE] });
    expect(base).toMatchObject({ notRun: 'ended by itself' });
    expect(base.cells).toBeUndefined();
    expect(ours.cells[0]).toMatchObject({ value: { median: 90 }, toBase: undefined });
  });

  it('count only the rounds that both have', () => {
    expect(against(row('ours', [90, 80]), row('other', [100]), 'eventsPerSecond', 'ratio')).toEqual({
      median: 0.9,
      least: 0.9,
      most: 0.9,
      runs: 1,
    });
  });

  it('tell a difference where a ratio would say nothing', () => {
    expect(against(row('ours', [90]), row('other', [100]), 'eventsPerSecond', 'difference').median).toBe(-10);
  });
});
