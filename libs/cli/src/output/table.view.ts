import Table from 'cli-table3';
import { paragraph } from './text.view.js';

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Gives way where the terminal is narrow: its end is cut. At most one of a table. */
  readonly isFlexible?: boolean;
}

const GAP = 2;
const LEAST = 8;
const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
  middle: ' '.repeat(GAP),
};

/** Columns without lines, a title each. `width`: of the terminal; undefined cuts nothing. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string {
  const cut = cutAt(columns, rows, width);
  const drawn = new Table({
    head: columns.map(({ title }) => title),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ isNumber }) => (isNumber === true ? 'right' : 'left')),
    colWidths: columns.map(({ isFlexible }) => (isFlexible === true ? cut : null)),
  });
  drawn.push(...rows.map((row) => [...row]));
  return `${drawn.toString().replace(/ +$/gm, '')}\n`;
}

/** Names and what stands for them, one below the other; a long value goes on below where it began. */
export function facts(pairs: readonly (readonly [string, string])[], width: number | undefined): string {
  const begin = Math.max(...pairs.map(([name]) => name.length)) + GAP;
  const indent = ' '.repeat(begin);
  return pairs.map(([name, value]) => paragraph(`${name.padEnd(begin)}${value}`.trimEnd(), width, indent)).join('');
}

/** The width that is left for the flexible column; null where it needs no cutting. */
function cutAt(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): number | null {
  const flexible = columns.findIndex(({ isFlexible }) => isFlexible === true);
  if (width === undefined || flexible === -1) return null;
  const widths = columns.map(({ title }, index) =>
    Math.max(...[title, ...rows.map((row) => row[index] ?? '')].map((cell) => plain(cell).length)),
  );
  const taken = widths.reduce((sum, each) => sum + each + GAP, -GAP);
  const wanted = widths[flexible] ?? 0;
  return taken <= width ? null : Math.max(LEAST, wanted - (taken - width));
}

/** Without colours. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- the escape character is what colours begin with
  return text.replace(/\x1b\[\d+m/g, '');
}
