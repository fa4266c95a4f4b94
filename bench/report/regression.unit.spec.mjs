import { describe, expect, it } from 'vitest';
import { RATE } from '../lib/columns.mjs';
import { fallen } from './regression.mjs';

const runs = (values) => values.map((eventsPerSecond) => ({ eventsPerSecond }));
/** Ours against a ceiling of 100. */
const result = (ours, { node = 'v20.1.0', ...column } = {}) => ({
  name: 'producer-600',
  node,
  base: 'ceiling',
  columns: [{ ...RATE, ...column }],
  rows: [
    { name: 'ceiling', title: 'ceiling', runs: runs(ours.map(() => 100)) },
    { name: 'ours', title: 'Ours', runs: runs(ours) },
  ],
});

describe('what fell since the last result', () => {
  it('is named with both figures when it fell by more than its spread', () => {
    expect(fallen([result([90, 92, 94])], [result([80, 82, 84])])).toMatchObject([
      { scenario: 'producer-600', row: 'Ours', before: { median: 0.92 }, now: { median: 0.82 } },
    ]);
  });

  it('is nothing while the fall lies within the larger of both spreads', () => {
    expect(fallen([result([80, 92, 94])], [result([80, 82, 84])])).toEqual([]);
    expect(fallen([result([90, 92, 94])], [result([70, 82, 84])])).toEqual([]);
  });

  it('is nothing that rose, unless less would be better', () => {
    expect(fallen([result([80, 82, 84])], [result([90, 92, 94])])).toEqual([]);
    const less = { better: 'less' };
    expect(fallen([result([80, 82, 84], less)], [result([90, 92, 94], less)])).toHaveLength(1);
  });

  it('is not told from single runs, other versions of Node, or rows that were not run', () => {
    expect(fallen([result([90])], [result([10])])).toEqual([]);
    expect(fallen([result([90, 91], { node: 'v24.1.0' })], [result([10, 11])])).toEqual([]);
    const notRun = result([10, 11]);
    notRun.rows[1].notRun = 'skipped';
    expect(fallen([result([90, 91])], [notRun])).toEqual([]);
  });
});
