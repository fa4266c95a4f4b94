import { majorOf } from './results.mjs';
import { compared } from './comparison.mjs';

/**
 * What fell since `before` by more than its spread: where there is a base, the ratio or difference to it counts, as
 * absolute figures are not stable on a shared machine. The spread is the larger of the two results'; of a single run
 * nobody knows it, and so it is not compared.
 */
export function fallen(before, now) {
  return now.flatMap((result) => {
    const former = before.find(({ name, node }) => name === result.name && majorOf(node) === majorOf(result.node));
    return former === undefined ? [] : fallenIn(former, result);
  });
}

function fallenIn(former, result) {
  const rows = compared(former);
  return compared(result).flatMap((row) => {
    const old = rows.find(({ name }) => name === row.name);
    if (!row.cells || !old?.cells || row.isBase) return [];
    return row.cells.flatMap((cell) => {
      const oldCell = old.cells.find(({ column }) => column.key === cell.column.key);
      return oldCell && hasFallen(oldCell, cell) ? [described(result, row, oldCell, cell)] : [];
    });
  });
}

function hasFallen(old, now) {
  const { better } = now.column;
  const [before, after] = [figure(old), figure(now)];
  if (better === undefined || !before || !after || before.runs < 2 || after.runs < 2) return false;
  const fall = better === 'more' ? before.median - after.median : after.median - before.median;
  return fall > Math.max(before.most - before.least, after.most - after.least);
}

/** A column with a base is judged by how it stands to it. */
function figure({ column, value, toBase }) {
  return column.toBase === undefined ? value : toBase;
}

function described(result, row, old, now) {
  const { column } = now;
  return {
    scenario: result.name,
    row: row.title,
    column: column.toBase === undefined ? column.title : `${column.title} to base`,
    node: result.node,
    before: figure(old),
    now: figure(now),
  };
}
