/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, smallest and largest: with five runs, quartiles would say no more. */
export function summary(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values), runs: values.length };
}

/**
 * How `values` stand to `base`, run by run: the two of one round met the same weather on a shared machine, those of
 * different rounds did not.
 */
export function ratio(values, base) {
  return summary(values.map((value, round) => value / base[round]));
}
