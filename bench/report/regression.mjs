import { majorOf } from './results.mjs';
import { compared } from './comparison.mjs';

/**
 * What fell since `before` by more than its spread: each median lies beyond all rounds of the other result. Where there
 * is a base, the ratio or difference to it counts, as absolute figures are not stable on a shared machine. Of a single
 * run nobody knows the spread, and so it is not compared; neither are results of other settings. A row that was measured
 * then and fails now has fallen; one that is skipped has not.
 */
export function fallen(before, now) {
  return now.flatMap((result) => {
    const former = before.find((each) => isComparable(each, result));
    return former === undefined ? [] : fallenIn(former, result);
  });
}

function isComparable(former, result) {
  const alike = ['quick', 'events', 'bytes'].every((name) => former.settings[name] === result.settings[name]);
  return former.name === result.name && majorOf(former.node) === majorOf(result.node) && alike;
}

function fallenIn(former, result) {
  const rows = compared(former);
  return compared(result).flatMap((row) => {
    const old = rows.find(({ name }) => name === row.name);
    if (!old?.cells || row.isBase) return [];
    if (!row.cells && !row.hasFailed) return [];
    if (!row.cells) return [{ scenario: result.name, row: row.title, node: result.node, notRun: row.notRun }];
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
  if (better === 'more') return after.median < before.least && before.median > after.most;
  return after.median > before.most && before.median < after.least;
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
