import { median } from '../../lib/statistics.mjs';
import { numberText } from '../table.mjs';
import { dot, drawing, path, stroke, text, WIDTH } from './canvas.mjs';

const [TOP, PANEL, GAP, FOOT] = [84, 110, 60, 34];
const [LEFT, RIGHT] = [70, 70];

/** A panel for each figure over the growing number; both scales are logarithms, so that growth in step is a straight line. */
export function lineChart(scenario) {
  const rows = scenario.rows.filter(
    ({ x, notRun, runs }) => x !== undefined && notRun === undefined && runs.length > 0,
  );
  if (rows.length < 2) return undefined;
  const panels = scenario.chart.columns.map((key) => scenario.columns.find((column) => column.key === key));
  return drawing({
    title: scenario.title,
    height: TOP + panels.length * (PANEL + GAP) - GAP + FOOT,
    parts: [
      ...panels.flatMap((column, index) => panelOf({ column, rows, top: TOP + index * (PANEL + GAP) })),
      ...rows.map((row) =>
        text({
          x: horizontal(rows, row.x),
          y: TOP + panels.length * (PANEL + GAP) - GAP + 24,
          content: row.title,
          anchor: 'middle',
          kind: 'dim',
          size: 12,
        }),
      ),
    ],
  });
}

function horizontal(rows, x) {
  const [first, last] = [rows[0].x, rows.at(-1).x].map(Math.log10);
  return LEFT + ((Math.log10(x) - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
}

function panelOf({ column, rows, top }) {
  const values = rows.map((row) => median(row.runs.map((run) => run[column.key])));
  const [low, high] = logRange(values);
  const points = rows.map((row, index) => ({
    x: horizontal(rows, row.x),
    y: top + PANEL - ((Math.log10(values[index]) - low) / (high - low)) * PANEL,
    label: numberText(values[index], column.digits),
  }));
  return [
    text({ x: 16, y: top - 28, content: column.title, kind: 'dim', size: 12 }),
    stroke({ x1: LEFT - 20, y1: top + PANEL, x2: WIDTH - RIGHT + 20, y2: top + PANEL, kind: 'rule' }),
    path(points),
    ...points.map(({ x, y }) => dot({ x, y, radius: 4, kind: 'ours' })),
    ...points.map(({ x, y, label }) => text({ x, y: y - 10, content: label, anchor: 'middle', size: 12 })),
  ];
}

/** At least a factor of ten, so that noise does not look like growth. */
function logRange(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(Math.log10);
  const room = Math.max(0, 1 - (most - least)) / 2 + 0.05;
  return [least - room, most + room];
}
