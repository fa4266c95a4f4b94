import { barChart } from './bar.chart.mjs';
import { lineChart } from './line.chart.mjs';
import { rangeChart } from './range.chart.mjs';

const KINDS = { bars: barChart, ranges: rangeChart, lines: lineChart };

/** A scenario's chart as SVG; undefined where it has none, or no figures for one. */
export function chartOf(scenario) {
  return scenario.chart === undefined ? undefined : KINDS[scenario.chart.kind](scenario);
}
