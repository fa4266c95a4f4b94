import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { root } from './paths.mjs';
import { whileSettingUp } from './set-up.mjs';

export const APPS = ['cdc-producer', 'cdc-consumer'];
const BUILD_LIMIT_MS = 10 * 60_000;
const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');

/** Where the build puts an app with its copy of the libs; Nest empties it before it builds. */
export function outputOf(app) {
  return join(root, 'dist', app);
}

/** An app's built entry. */
export function entryOf(app) {
  return join(outputOf(app), 'apps', app, 'src', 'main.js');
}

/** In the output itself: whoever else builds there (`nest build`, `nest start --watch`) takes it away. */
export function stampOf(app) {
  return join(outputOf(app), 'built-from');
}

/** Builds the apps whose output was not built here from the sources as they are. */
export async function build({ say, signal }) {
  const before = fingerprint();
  if (APPS.every((app) => isBuilt(app, before))) return 'up to date';
  return whileSettingUp({ say, signal }, async (scope) => {
    const sources = fingerprint();
    const stale = APPS.filter((app) => !isBuilt(app, sources));
    // All to their end, even if one fails: a compiler must not go on writing when the next run begins.
    const builds = await Promise.allSettled(stale.map((app) => buildApp(app, { sources, scope, signal })));
    for (const { reason } of builds) if (reason) throw reason;
    return stale.length > 0 ? 'built' : 'up to date';
  });
}

async function buildApp(app, { sources, scope, signal }) {
  const title = `nest build ${app}`;
  await run(process.execPath, [nest, 'build', app], { title, cwd: root, scope, signal, limitMs: BUILD_LIMIT_MS });
  writeFileSync(stampOf(app), sources); // last: a killed build has none, and is done again
}

function isBuilt(app, sources) {
  return existsSync(entryOf(app)) && existsSync(stampOf(app)) && readFileSync(stampOf(app), 'utf8') === sources;
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
      return /\.(ts|json)$/.test(entry.name) && !entry.name.endsWith('.spec.ts') ? [path] : [];
    });
}
