import { bold, dim, print } from '../../scripts/lib/screen.mjs';
import { compared } from './comparison.mjs';

/** A scenario as cells of text: the head, and a line for each row, or why the row has no figures. */
export function tableOf(scenario) {
  const head = scenario.columns.flatMap(({ title, toBase }) =>
    toBase === undefined ? [title] : [title, toBase === 'ratio' ? 'to base' : 'over base'],
  );
  const lines = compared(scenario).map(({ title, notRun, cells }) =>
    notRun === undefined ? { title, cells: cells.flatMap(textsOf) } : { title, notRun },
  );
  return { head, lines };
}

function textsOf({ column, value, toBase }) {
  if (value === undefined) return column.toBase === undefined ? ['–'] : ['–', ''];
  const isSpread = column.toBase !== undefined || column.better !== undefined;
  const own = isSpread ? absoluteText(value, column.digits) : numberText(value.median, column.digits);
  if (column.toBase === undefined) return [own];
  return [own, toBase === undefined ? '' : spreadText(toBase, column.toBase)];
}

/** `0.91 (0.88–0.95)`; a single run has no spread. */
export function spreadText({ median, least, most, runs }, by) {
  const sign = by === 'difference' ? signed : fixed;
  const unit = by === 'ratio' ? '×' : '';
  return runs === 1 ? `${sign(median)}${unit}` : `${sign(median)}${unit} (${sign(least)}–${sign(most)})`;
}

/** `12,538 (11,000–13,100)`. */
export function absoluteText({ median, least, most, runs }, digits) {
  const [middle, ...ends] = [median, least, most].map((value) => numberText(value, digits));
  return runs === 1 ? middle : `${middle} (${ends.join('–')})`;
}

export function numberText(value, digits) {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function fixed(value) {
  return value.toFixed(2);
}

function signed(value) {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

/** The table on the screen. */
export function printTable(scenario) {
  const { head, lines } = tableOf(scenario);
  const first = Math.max(...lines.map(({ title }) => title.length));
  const widths = head.map((text, index) =>
    Math.max(text.length, ...lines.map(({ cells }) => cells?.[index]?.length ?? 0)),
  );
  const line = (cells) => cells.map((text, index) => text.padStart(widths[index])).join('  ');
  print();
  print(bold(`  ${scenario.title}`));
  print(dim(`  ${''.padEnd(first)}  ${line(head)}`));
  for (const { title, cells, notRun } of lines) print(`  ${title.padEnd(first)}  ${cells ? line(cells) : dim(notRun)}`);
  print();
}
