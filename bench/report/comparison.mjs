import { ratio, summary } from '../lib/statistics.mjs';

/** Every contender's figures, and how they stand to the scenario's base, round by round. */
export function compared({ rows, base }) {
  const baseRuns = rows.find(({ name }) => name === base)?.runs ?? [];
  return rows.map((row) => {
    if (row.notRun !== undefined || row.runs.length === 0) return { ...row, notRun: row.notRun ?? 'not run' };
    const of = (field) => row.runs.map((run) => run[field]);
    const toBase = (field) =>
      ratio(
        of(field),
        baseRuns.map((run) => run[field]),
      );
    return {
      ...row,
      rate: summary(of('eventsPerSecond')),
      rateRatio: toBase('eventsPerSecond'),
      cpu: summary(of('cpuMicrosecondsPerEvent')),
      cpuRatio: toBase('cpuMicrosecondsPerEvent'),
      peak: summary(of('peakMegabytes')),
    };
  });
}
