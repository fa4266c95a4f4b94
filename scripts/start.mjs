import { build } from './lib/build.mjs';
import { installDependencies } from './lib/dependencies.mjs';
import { noteForRemoval, removeNoted } from './lib/demo/clean-up.mjs';
import { demonstrate, stayUp } from './lib/demo/demonstration.mjs';
import { runNames } from './lib/demo/run-names.mjs';
import { startApps } from './lib/demo/system.mjs';
import { bold, print, printFailure, step } from './lib/screen.mjs';
import { provision } from './lib/servers.mjs';
import { stopOnSignals } from './lib/signals.mjs';
import { takeSlot } from './lib/slot.mjs';

/** `npm start`: sets everything up, runs both apps on real data and stays up; with `--once` it ends by itself. */
const once = process.argv.includes('--once');
const signal = stopOnSignals();

/** What has been started, in order; stopped from the end. */
const started = [];

async function main() {
  print(bold(once ? 'Sluice, one run over the whole data set' : 'Sluice'));
  const slot = await takeSlot(once ? 'once' : 'start');
  if (slot.leftovers.length > 0) print(`  stopped what a killed run left behind: ${slot.leftovers.join(', ')}`);
  await step('dependencies', async (say) => installDependencies({ say, signal }));
  const servers = await step('servers', (say) => openServers(slot, say));
  await step('build', async (say) => build({ say, signal }));
  // `--once` keeps a name of its own, on any server; staying up is for trying handlers out, which have to name theirs.
  const names = runNames(slot, { ownDatabase: !once && servers.mongodb.isPrivate });
  await noteForRemoval(slot, servers, names);
  if (!servers.mongodb.isPrivate || !servers.rabbitmq.isPrivate) started.push(() => removeNoted(slot));
  const demo = await demonstrate({ names, uri: servers.mongodb.uri });
  const system = await step('apps', async () => {
    const apps = await startApps({ slot, servers, names, onLine: demo.onLine });
    started.push(() => apps.stop());
    await apps.ready(signal);
    return { result: apps, summary: `producer ${apps.producer.url}, consumer ${apps.consumer.url}` };
  });
  started.push(() => demo.close());
  const running = untilCrash(system);
  try {
    const faults = await demo.deliverAll(system, running);
    if (!once) await stayUp(demo, system, running);
    return faults.length === 0;
  } catch (error) {
    throw signal.aborted ? error : (running.reason ?? error);
  }
}

/** Aborted by the user's wish to stop, or by an app that ends by itself, with that as its reason. */
function untilCrash(system) {
  const crash = new AbortController();
  system.ended.catch((error) => crash.abort(error));
  return AbortSignal.any([signal, crash.signal]);
}

async function openServers(slot, say) {
  const servers = await provision({ slot, say, signal });
  started.push(() => servers.stop());
  return { result: servers, summary: `${servers.mongodb.describe}\n${' '.repeat(17)}${servers.rabbitmq.describe}` };
}

/** Writer, apps, servers: nobody loses the other end while it still has something to say. */
async function stopAll() {
  for (const stop of started.reverse()) {
    await stop().catch((error) => print(`  could not be stopped or removed: ${error.message}`));
  }
}

let isFine = false;
try {
  isFine = await main();
} catch (error) {
  if (signal.aborted) isFine = !once;
  else printFailure(error);
}
if (signal.aborted) print(`\n  stopping: writer, apps, servers`);
await stopAll();
process.exit(isFine ? 0 : 1);
