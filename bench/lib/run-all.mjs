import { keepResult, resultsFile } from '../report/results.mjs';
import { machineOf } from '../report/machine.mjs';
import { printTable } from '../report/table.mjs';
import { SCENARIOS } from '../scenarios.mjs';
import { runScenario } from './run-scenario.mjs';

/**
 * Runs the scenarios that were asked for. Each is kept in the day's file as soon as it is done: a run that is stopped
 * loses only the one it was at. Answers this run's results and the file.
 */
export async function runAll(bench) {
  const { asked } = bench;
  const file = resultsFile({ at: new Date(), report: asked.report });
  const machine = await machineOf(bench);
  const now = [];
  for (const scenario of SCENARIOS.filter(({ name, isFullOnly }) => wanted(asked, name, isFullOnly))) {
    const result = { ...(await runScenario(bench, scenario)), machine };
    printTable(result);
    now.push(result);
    await keepResult(file, result);
  }
  return { file, now };
}

/** A quick run leaves out what takes long, unless it is named. */
function wanted({ asks, quick, only }, name, isFullOnly = false) {
  return asks(name) && !(quick && isFullOnly && only.length === 0);
}
