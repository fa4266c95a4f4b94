import { describe, expect, it } from 'vitest';
import { THROUGHPUT } from '../../lib/columns.mjs';
import { chartOf } from './charts.mjs';

const run = (eventsPerSecond) => ({ eventsPerSecond, cpuMicrosecondsPerEvent: 10, peakMegabytes: 90 });
const bars = {
  title: 'Producer <600>',
  base: 'ceiling',
  columns: THROUGHPUT,
  chart: { kind: 'bars', column: 'eventsPerSecond' },
  rows: [
    { name: 'ceiling', title: 'raw & plain', runs: [run(40_000), run(41_000)] },
    { name: 'sluice-json', title: 'Sluice, JSON', runs: [run(30_000), run(31_000)] },
    { name: 'debezium', title: 'Debezium', runs: [], notRun: 'there is no Java here' },
  ],
};
const textsOf = (svg) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, content]) => content);

describe('a chart', () => {
  it('shows every row that has figures, with its median and its ratio to the base', () => {
    const texts = textsOf(chartOf(bars));
    expect(texts).toEqual(expect.arrayContaining(['Sluice, JSON', '30,500 (0.75×)', 'raw &amp; plain']));
    expect(texts.join()).not.toContain('Debezium');
  });

  it('stays inside its drawing, whatever the figures', () => {
    const ranges = {
      title: 'Latency',
      rows: [{ name: 'sluice-bson', title: 'Sluice', runs: [{ low: -0.3, high: 1_234 }] }],
      chart: { kind: 'ranges', from: 'low', to: 'high', marks: [], unit: 'ms' },
    };
    const lines = {
      ...bars,
      chart: { kind: 'lines', columns: ['eventsPerSecond', 'cpuMicrosecondsPerEvent'] },
      rows: [1, 10, 1_000].map((x) => ({ name: String(x), title: `${x} streams`, x, runs: [run(x ** 3)] })),
    };
    for (const svg of [bars, ranges, lines].map(chartOf)) {
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg);
      for (const [, x] of svg.matchAll(/ c?x[12]?="([^"]+)"/g))
        expect(Number(x)).toSatisfy((at) => at >= 0 && at <= width);
      for (const [, y] of svg.matchAll(/ c?y[12]?="([^"]+)"/g))
        expect(Number(y)).toSatisfy((at) => at >= 0 && at <= height);
    }
  });

  it('is left out where there is nothing to show', () => {
    expect(chartOf({ ...bars, rows: bars.rows.slice(2) })).toBeUndefined();
    expect(chartOf({ ...bars, chart: undefined })).toBeUndefined();
  });
});
