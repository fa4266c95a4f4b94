import { describe, expect, it } from 'vitest';
import { RATE } from '../lib/columns.mjs';
import { fallen } from './regression.mjs';

const runs = (values) => values.map((eventsPerSecond) => ({ eventsPerSecond }));
/** Ours against a ceiling of 100. */
const result = (ours, { node = 'v20.1.0', settings = {}, ...column } = {}) => ({
  name: 'producer-600',
  node,
  settings,
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

  it('is nothing while one median lies among the rounds of the other result', () => {
    expect(fallen([result([80, 92, 94])], [result([80, 82, 84])])).toEqual([]);
    expect(fallen([result([90, 92, 94])], [result([70, 82, 93])])).toEqual([]);
  });

  it('is named also where the rounds lie far from each other, as on a shared machine', () => {
    expect(fallen([result([42, 67, 85])], [result([25, 40, 41])])).toHaveLength(1);
  });

  it('is nothing that rose, unless less would be better', () => {
    expect(fallen([result([80, 82, 84])], [result([90, 92, 94])])).toEqual([]);
    const less = { better: 'less' };
    expect(fallen([result([80, 82, 84], less)], [result([90, 92, 94], less)])).toHaveLength(1);
  });

  it('is not told from single runs, other versions of Node, or other settings', () => {
    expect(fallen([result([90])], [result([10])])).toEqual([]);
    expect(fallen([result([90, 91], { node: 'v24.1.0' })], [result([10, 11])])).toEqual([]);
    expect(fallen([result([90, 91], { settings: { quick: false } })], [result([10, 11])])).toEqual([]);
  });

  it('is a row that was measured then and fails now, and none that is skipped', () => {
    const [failed, skipped] = [result([10, 11]), result([10, 11])];
    Object.assign(failed.rows[1], { notRun: 'stands still at 0 events', hasFailed: true });
    skipped.rows[1].notRun = 'there is no Java here';
    expect(fallen([result([90, 91])], [failed])).toMatchObject([{ row: 'Ours', notRun: 'stands still at 0 events' }]);
    expect(fallen([result([90, 91])], [skipped])).toEqual([]);
    expect(fallen([failed], [failed])).toEqual([]);
  });
});
