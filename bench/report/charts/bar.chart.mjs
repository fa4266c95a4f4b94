import { compared } from '../comparison.mjs';
import { fixed, numberText } from '../table.mjs';
import { drawing, isOurs, rectangle, stroke, text, WIDTH } from './canvas.mjs';

const [TOP, ROW, BAR] = [44, 30, 18];
const [LEFT, RIGHT] = [290, 190];

/** One bar for each row, with a line from the smallest run to the largest. */
export function barChart(scenario) {
  const rows = compared(scenario)
    .filter(({ cells }) => cells !== undefined)
    .map((row) => ({ ...row, cell: row.cells.find(({ column }) => column.key === scenario.chart.column) }));
  if (rows.length === 0) return undefined;
  const largest = Math.max(...rows.map(({ cell }) => cell.value.most));
  const scale = (value) => (value / largest) * (WIDTH - LEFT - RIGHT);
  const [{ cell }] = rows;
  return drawing({
    title: `${scenario.title}: ${cell.column.title}`,
    height: TOP + rows.length * ROW + 12,
    parts: rows.flatMap((row, index) => barOf(row, TOP + index * ROW, scale)),
  });
}

function barOf(row, y, scale) {
  const { value, toBase, column } = row.cell;
  const middle = y + BAR / 2;
  const label = `${numberText(value.median, column.digits)}${toBase ? ` (${fixed(toBase.median)}×)` : ''}`;
  const end = LEFT + scale(value.most);
  return [
    text({ x: LEFT - 10, y: middle + 4, content: row.title, anchor: 'end' }),
    rectangle({ x: LEFT, y, width: scale(value.median), height: BAR, kind: isOurs(row) ? 'ours' : 'other' }),
    stroke({ x1: LEFT + scale(value.least), y1: middle, x2: end, y2: middle, kind: 'spread' }),
    text({ x: Math.max(end, LEFT + scale(value.median)) + 10, y: middle + 4, content: label, kind: 'dim' }),
  ];
}
