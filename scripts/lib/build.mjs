import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { root } from './paths.mjs';
import { whileSettingUp } from './set-up.mjs';

export const APPS = ['cdc-producer', 'cdc-consumer'];
/** The command line: a lib by its place, built as a whole program (`npx sluice`). */
export const CLI = 'cli';
const PROGRAMS = [...APPS, CLI];
/** This one serves pages, and the client for them as one file. */
const PAGES_IN = 'cdc-consumer';
const BUILD_LIMIT_MS = 10 * 60_000;
const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');

const bundler = join(root, 'libs', 'realtime-client', 'bundle.mjs');
const clientFolder = join('dist', PAGES_IN, 'apps', PAGES_IN, 'src', 'realtime', 'demo', 'page');

/** Where the build puts a program with its copy of the libs; Nest empties it before it builds. */
export function outputOf(program) {
  return program === CLI ? join(root, 'libs', CLI, 'dist') : join(root, 'dist', program);
}

/** A program's built entry. */
export function entryOf(program) {
  return join(outputOf(program), program === CLI ? 'libs' : 'apps', program, 'src', 'main.js');
}

/** In the output itself: whoever else builds there (`nest build`, `nest start --watch`) takes it away. */
export function stampOf(program) {
  return join(outputOf(program), 'built-from');
}

/** Builds the programs whose output was not built here from the sources as they are. */
export async function build({ say, signal }) {
  const before = fingerprint();
  if (PROGRAMS.every((program) => isBuilt(program, before))) return 'up to date';
  return whileSettingUp({ say, signal }, async (scope) => {
    const sources = fingerprint();
    const stale = PROGRAMS.filter((program) => !isBuilt(program, sources));
    // All to their end, even if one fails: a compiler must not go on writing when the next run begins.
    const builds = await Promise.allSettled(stale.map((program) => buildProgram(program, { sources, scope, signal })));
    for (const { reason } of builds) if (reason) throw reason;
    return stale.length > 0 ? 'built' : 'up to date';
  });
}

async function buildProgram(program, { sources, scope, signal }) {
  const options = { cwd: root, scope, signal, limitMs: BUILD_LIMIT_MS };
  await run(process.execPath, [nest, 'build', program], { title: `nest build ${program}`, ...options });
  if (program === PAGES_IN)
    await run(process.execPath, [bundler, clientFolder], { title: 'bundle client', ...options });
  writeFileSync(stampOf(program), sources); // last: a killed build has none, and is done again
}

function isBuilt(program, sources) {
  const stamp = stampOf(program);
  return existsSync(entryOf(program)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

/** One hash over everything that the build reads. */
function fingerprint() {
  const hash = createHash('sha256');
  const files = ['apps', 'libs'].flatMap((folder) => sourcesIn(folder));
  for (const file of [...files, 'package-lock.json', 'nest-cli.json', 'tsconfig.json']) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function sourcesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sourcesIn(path);
      return /\.(ts|json|mjs|html|css|js)$/.test(entry.name) && !entry.name.endsWith('.spec.ts') ? [path] : [];
    });
}
