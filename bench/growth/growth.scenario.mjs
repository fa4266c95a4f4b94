import { count } from '../../scripts/lib/screen.mjs';
import { THROUGHPUT } from '../lib/columns.mjs';

/**
 * What a growing number costs: one row for each value of it, each beside the smallest. `title` and `of` name the number;
 * `values` are those of a full run and of a quick one.
 */
export function growthScenario({ of, title, about, values, columns = THROUGHPUT, ...rest }) {
  return {
    name: `growth-${of}`,
    title,
    about,
    base: rowName(values.full[0]),
    columns,
    chart: { kind: 'lines', columns: ['eventsPerSecond', 'cpuMicrosecondsPerEvent'] },
    quickRounds: 1,
    ...rest,
  };
}

export function rowName(value) {
  return String(value);
}

/** The row of one value; it stands at `x` in the chart. */
export function growthRow({ value, unit, ...rest }) {
  return { name: rowName(value), title: `${count(value)} ${unit}${value === 1 ? '' : 's'}`, x: value, ...rest };
}

export function valuesOf({ bench, values }) {
  return bench.asked.quick ? values.quick : values.full;
}
