import { median } from '../../lib/statistics.mjs';
import { numberText } from '../table.mjs';
import { dot, drawing, isOurs, stroke, text, WIDTH } from './canvas.mjs';

const [TOP, ROW, FOOT] = [48, 34, 34];
const [LEFT, RIGHT] = [230, 250];
/** Whatever is below it stands here: a logarithm has no nothing. */
const LEAST = 0.1;

/** A line for each row from a low to a high figure, on a scale where each step is ten times the one before. */
export function rangeChart(scenario) {
  const { from, to, marks, unit } = scenario.chart;
  const keys = [from, ...marks, to];
  const rows = scenario.rows
    .filter(({ notRun, runs }) => notRun === undefined && runs.length > 0)
    .map((row) => ({ ...row, values: keys.map((key) => median(row.runs.map((run) => run[key]))) }))
    .filter(({ values }) => values.every(Number.isFinite)); // one that does not come so far has no line
  if (rows.length === 0) return undefined;
  const scale = scaleOver(rows.flatMap(({ values }) => values));
  const bottom = TOP + rows.length * ROW;
  return drawing({
    title: `${scenario.title}: ${keys.map((key) => key.split('.').at(-1)).join(', ')}`,
    height: bottom + FOOT,
    parts: [
      ...scale.steps.flatMap((step) => [
        stroke({ x1: scale(step), y1: TOP - 8, x2: scale(step), y2: bottom, kind: 'rule' }),
        text({ x: scale(step), y: bottom + 18, content: `${step} ${unit}`, anchor: 'middle', kind: 'dim', size: 12 }),
      ]),
      ...rows.flatMap((row, index) => rangeOf(row, TOP + index * ROW + 10, scale, unit)),
    ],
  });
}

function scaleOver(values) {
  const low = Math.floor(Math.log10(Math.max(LEAST, Math.min(...values))));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(LEAST, ...values))));
  const scale = (value) =>
    LEFT + ((Math.log10(Math.max(10 ** low, value)) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  return Object.assign(scale, { steps: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)) });
}

function rangeOf(row, y, scale, unit) {
  const kind = isOurs(row) ? 'ours' : 'other';
  const [first, last] = [row.values[0], row.values.at(-1)];
  return [
    text({ x: LEFT - 14, y: y + 4, content: row.title, anchor: 'end' }),
    stroke({ x1: scale(first), y1: y, x2: scale(last), y2: y, kind: `bar-${kind}`, width: 4 }),
    ...row.values.map((value) => dot({ x: scale(value), y, radius: 5, kind })),
    text({
      x: WIDTH - RIGHT + 24,
      y: y + 4,
      content: `${row.values.map((value) => numberText(value, 2)).join('  ·  ')} ${unit}`,
      kind: 'dim',
    }),
  ];
}
