import { summary } from '../lib/statistics.mjs';

const COMPARED = {
  ratio: (value, base) => value / base,
  difference: (value, base) => value - base,
};

/** Each column's figures of each row, and how they stand to the row's base, which is the scenario's unless it has its own. */
export function compared({ rows, base, columns }) {
  return rows.map((row) => {
    if (row.notRun !== undefined || row.runs.length === 0) return { ...row, notRun: row.notRun ?? 'not run' };
    const baseRow = rows.find(({ name }) => name === (row.base ?? base));
    const cells = columns.map((column) => ({
      column,
      value: summaryOf(row.runs.map((run) => run[column.key])),
      toBase: column.toBase === undefined ? undefined : against(row, baseRow, column.key, column.toBase),
    }));
    return { ...row, isBase: row === baseRow, cells };
  });
}

/**
 * How a row's figure stands to another row's, round by round: the two of one round met the same weather on a shared
 * machine, those of different rounds did not. Undefined where they have no round in common.
 */
export function against(row, other, key, by) {
  if (row.notRun !== undefined || other === undefined || other.notRun !== undefined) return undefined;
  const values = row.runs
    .map((run, round) => [run, other.runs[round]])
    .filter(([run, base]) => isNumber(run?.[key]) && isNumber(base?.[key]))
    .map(([run, base]) => COMPARED[by](run[key], base[key]));
  return summaryOf(values);
}

/** Undefined where no run has the figure: it was too small to be told, or is not one of this row's. */
function summaryOf(values) {
  const numbers = values.filter(isNumber);
  return numbers.length === 0 ? undefined : summary(numbers);
}

function isNumber(value) {
  return typeof value === 'number';
}
