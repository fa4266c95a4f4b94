import { build } from '../scripts/lib/build.mjs';
import { installDependencies } from '../scripts/lib/dependencies.mjs';
import { bold, print, printFailure, step } from '../scripts/lib/screen.mjs';
import { stopOnSignals } from '../scripts/lib/signals.mjs';
import { takeSlot } from '../scripts/lib/slot.mjs';

/**
 * `npm run bench`: sets itself up as `npm start` does and measures contenders in turns. `-- --quick` takes less than five
 * minutes, `-- --only producer` runs the scenarios with that word in their name.
 */
const signal = stopOnSignals();
let servers;

async function main() {
  print(bold('Sluice bench: every figure is a ratio between runs that took turns'));
  const slot = await takeSlot('bench');
  await step('dependencies', async (say) => installDependencies({ say, signal }));
  // These need what has just been installed.
  const { benchArguments } = await import('./lib/arguments.mjs');
  const { startBenchServers } = await import('./lib/servers.mjs');
  const { writeReport } = await import('./report/report.mjs');
  const asked = benchArguments();
  servers = await step('servers', async (say) => {
    const result = await startBenchServers({ slot, say, signal });
    return { result, summary: `${result.mongodb.describe}\n${' '.repeat(17)}${result.rabbitmq.describe}` };
  });
  if (servers.warning) print(`  ${servers.warning}`);
  await step('build', async (say) => build({ say, signal }));
  const { runScenarios } = await import('./lib/scenarios.mjs'); // uses what has just been built
  const results = await runScenarios({ asked, slot, servers, signal });
  await writeReport({ asked, servers, results });
}

let isFine = false;
try {
  await main();
  isFine = true;
} catch (error) {
  if (signal.aborted) print('\nstopped before the end');
  else printFailure(error);
}
await servers?.stop();
process.exit(isFine ? 0 : 1);
