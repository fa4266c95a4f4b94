import { bold, count, dim, print } from '../../scripts/lib/screen.mjs';
import { compared } from './comparison.mjs';

/** A scenario's rows on the screen, each beside the ceiling. */
export function printTable(scenario) {
  const rows = compared(scenario);
  const width = Math.max(...rows.map(({ title }) => title.length));
  print(bold(`  ${scenario.name}`));
  const head = [
    'events/s'.padStart(10),
    'of ceiling'.padStart(20),
    'CPU µs'.padStart(8),
    'of ceiling'.padStart(12),
    'peak MB'.padStart(8),
  ];
  print(dim(`  ${''.padEnd(width)} ${head.join(' ')}`));
  for (const row of rows)
    print(`  ${row.title.padEnd(width)} ${row.notRun ? dim(row.notRun.split('\n')[0]) : cells(row)}`);
}

function cells({ rate, rateRatio, cpu, cpuRatio, peak }) {
  const spread = `${fixed(rateRatio.median)} (${fixed(rateRatio.least)}–${fixed(rateRatio.most)})`;
  return [
    count(Math.round(rate.median)).padStart(10),
    spread.padStart(20),
    cpu.median.toFixed(1).padStart(8),
    `${fixed(cpuRatio.median)}×`.padStart(12),
    peak.median.toFixed(0).padStart(8),
  ].join(' ');
}

export function fixed(value) {
  return value.toFixed(2);
}
