import { installDependencies } from './lib/dependencies.mjs';
import { print, printFailure, step } from './lib/screen.mjs';
import { provision } from './lib/servers.mjs';
import { stopOnSignals } from './lib/signals.mjs';
import { takeSlot } from './lib/slot.mjs';
import { CHECKS, checkCompose } from './lib/test/checks.mjs';
import { provideForeignClients } from './lib/test/foreign-clients.mjs';
import { promtoolFor } from './lib/test/promtool.mjs';
import { schemathesisFor } from './lib/test/schemathesis.mjs';
import { Tally } from './lib/test/tally.mjs';
import { runVitest } from './lib/test/vitest.mjs';

/**
 * `npm test`: sets everything up and runs every check and test on real servers. A failure does not stop what comes after
 * it. `npm test -- unit` runs one part, `npm test -- e2e test/e2e/some.e2e.spec.ts` some files of it.
 */
/** Replicas that die or freeze, again and again, take minutes of waiting: `npm run test:long`, not part of `npm test`. */
const LONG = 'long';
const PROJECTS = ['unit', 'int', 'e2e', LONG];
const PARTS = [...Object.keys(CHECKS), ...PROJECTS, 'compose'];

const signal = stopOnSignals();
const words = process.argv.slice(2);
const chosen = words.filter((word) => PARTS.includes(word));
const paths = words.filter((word) => !PARTS.includes(word));
const startsApps = chosen.some((part) => part === 'e2e' || part === LONG);
const parts = PARTS.filter((part) =>
  chosen.length === 0 ? part !== LONG : chosen.includes(part) || (part === 'build' && startsApps),
);
/** All but the first of those that use servers. */
const [, ...laterOnServers] = parts.filter(isOnServers);
const tally = new Tally();

async function main() {
  const slot = await takeSlot('test');
  if (slot.leftovers.length > 0) print(`  stopped what a killed run left behind: ${slot.leftovers.join(', ')}`);
  await step('dependencies', async (say) => installDependencies({ say, signal }));
  let servers = parts.some(isOnServers) ? await step('servers', (say) => openServers(slot, say)) : undefined;
  // What takes long to install is on its way while lint and types are checked.
  const tools = toolsOfTests({ say: (line) => print(`  ${line}`), signal });
  try {
    for (const part of parts) {
      signal.throwIfAborted();
      if (laterOnServers.includes(part)) {
        await servers?.stop(); // full of what the tests before have left, they are slower with every file
        servers = undefined; // stopped once, whatever becomes of the next
        servers = await step('servers', (say) => openServers(slot, say));
      }
      await runPart(part, { slot, servers, tools, signal });
    }
  } finally {
    await Promise.allSettled(Object.values(tools)); // an installation is not broken off
    await servers?.stop();
  }
}

function isOnServers(part) {
  return part !== 'unit' && PROJECTS.includes(part);
}

/** What others wrote and tests use, on its way: by project, as environment variables for it. */
function toolsOfTests(options) {
  const providers = { unit: [promtoolFor], e2e: [provideForeignClients, schemathesisFor] };
  const asked = Object.entries(providers).filter(([project]) => parts.includes(project));
  return Object.fromEntries(asked.map(([project, provide]) => [project, environmentBy(provide, options)]));
}

function environmentBy(provide, options) {
  const found = Promise.all(provide.map((one) => one(options))).then((each) => Object.assign({}, ...each));
  found.catch(() => undefined); // whoever waits for it is told
  return found;
}

async function openServers(slot, say) {
  const servers = await provision({ slot, oplog: 'short', say, signal });
  return { result: servers, summary: `${servers.mongodb.describe}\n${' '.repeat(17)}${servers.rabbitmq.describe}` };
}

/** A part that fails is counted and shown; the run goes on. */
async function runPart(part, context) {
  try {
    await step(part, (say) => partNamed(part, { ...context, say }));
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof PartFailed)) tally.add({ failed: 1 });
    printFailure(error);
  }
}

class PartFailed extends Error {}

async function partNamed(part, context) {
  if (PROJECTS.includes(part)) return project(part, context);
  if (part === 'compose') {
    const { skipped } = await checkCompose(context);
    tally.add(skipped ? { skipped: [skipped] } : { passed: 1 });
    return skipped ? `skipped (${skipped})` : '';
  }
  const summary = await CHECKS[part](context);
  tally.add({ passed: 1 });
  return summary;
}

async function project(name, { slot, servers, tools, signal }) {
  const env = await tools[name];
  const result = await runVitest({ project: name, paths, slot, servers, env, signal });
  tally.add(result);
  const skipped = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : '';
  const summary = `${result.passed} passed, ${result.failed} failed${skipped}`;
  if (result.failed > 0) throw new PartFailed(`${name}: ${summary}\n${result.details}`);
  return summary;
}

let isBroken = false;
try {
  await main();
} catch (error) {
  isBroken = true;
  if (!signal.aborted) printFailure(error);
}
if (signal.aborted) print('\nstopped before the end');
for (const [title, names] of [
  ['passed at the second try, after:', tally.unsteady],
  ['skipped:', tally.skipped],
]) {
  if (names.length > 0) print(`\n${title}`);
  for (const name of names) print(`  ${name}`);
}
print(`\n${tally}`);
process.exit(tally.isFine && !isBroken ? 0 : 1);
