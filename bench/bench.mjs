import { relative } from 'node:path';
import { build } from '../scripts/lib/build.mjs';
import { installDependencies } from '../scripts/lib/dependencies.mjs';
import { root } from '../scripts/lib/paths.mjs';
import { bold, print, printFailure, red, step } from '../scripts/lib/screen.mjs';
import { stopOnSignals } from '../scripts/lib/signals.mjs';
import { takeSlot } from '../scripts/lib/slot.mjs';
import { ArgumentError, benchArguments, HELP } from './lib/arguments.mjs';
import { SCENARIO_NAMES } from './scenario-names.mjs';

const USAGE_CODE = 64;
const FALLEN_CODE = 2;

/** `npm run bench`: sets itself up as `npm start` does and measures contenders in turns; `-- --help` says how it is used. */
const signal = stopOnSignals();
let servers;

async function main(asked) {
  await step('dependencies', async (say) => installDependencies({ say, signal }));
  // These need what has just been installed.
  const { newestResults } = await import('./report/results.mjs');
  const { writeReport } = await import('./report/report.mjs');
  if (asked.render) return print(`  ${relative(root, await writeReport(newestResults()))}`);
  const { file, now } = await measured(asked);
  const code = await tellFallen(asked, now);
  print(`  figures of every run: ${relative(root, file)}`);
  if (asked.report) print(`  report: ${relative(root, await writeReport(newestResults()))}`);
  return code;
}

/** Runs what was asked for; each scenario is kept as soon as it is done. */
async function measured(asked) {
  const slot = await takeSlot('bench');
  const { startBenchServers } = await import('./lib/servers.mjs');
  const { benchNode } = await import('./lib/node-binary.mjs');
  const node = await benchNode({ major: asked.node, say: (line) => print(`  ${line}`), signal });
  servers = await step('servers', async (say) => {
    const result = await startBenchServers({ slot, say, signal });
    return { result, summary: `${result.mongodb.describe}\n${' '.repeat(17)}${result.rabbitmq.describe}` };
  });
  if (servers.warning) print(`  ${servers.warning}`);
  await step('build', async (say) => build({ say, signal }));
  const { runAll } = await import('./lib/run-all.mjs'); // uses what has just been built
  return runAll({ asked, slot, servers, node, signal });
}

/** Names what fell since the last committed result; answers the exit code. */
async function tellFallen(asked, results) {
  const { committedResults } = await import('./report/results.mjs');
  const { fallen } = await import('./report/regression.mjs');
  const { spreadText } = await import('./report/table.mjs');
  const found = fallen(await committedResults({ signal }), results);
  for (const { scenario, row, column, node, notRun, before, now } of found) {
    const what = notRun === undefined ? `${column}: ${spreadText(before)} → ${spreadText(now)}` : notRun;
    print(red(`  fell: ${scenario}, ${row}, Node ${node}, ${what}`));
  }
  if (found.length === 0) print('  nothing fell by more than its spread since the last committed result');
  return found.length > 0 && asked.check ? FALLEN_CODE : 0;
}

let code = 1;
try {
  const asked = benchArguments(process.argv.slice(2), SCENARIO_NAMES);
  if (asked.help || asked.list) {
    print(asked.help ? HELP : SCENARIO_NAMES.join('\n'));
    code = 0;
  } else {
    print(bold('Sluice bench: every figure is a ratio between runs that took turns'));
    code = (await main(asked)) ?? 0;
  }
} catch (error) {
  if (error instanceof ArgumentError) code = USAGE_CODE;
  if (signal.aborted) print('\nstopped before the end; the scenarios that were done are kept');
  else printFailure(error);
}
await servers?.stop();
process.exit(code);
