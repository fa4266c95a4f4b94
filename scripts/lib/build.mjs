import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { root } from './paths.mjs';
import { whileSettingUp } from './set-up.mjs';

export const APPS = ['cdc-producer', 'cdc-consumer'];
const BUILD_LIMIT_MS = 10 * 60_000;
const stamp = join(root, 'dist', 'built-from');
const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');

/** Where the build puts an app's entry. */
export function entryOf(app) {
  return join(root, 'dist', 'apps', app, 'src', 'main.js');
}

/** Builds both apps if a source has changed since they were built last. */
export async function build({ say, signal }) {
  if (isBuilt()) return 'up to date';
  return whileSettingUp({ say, signal }, async (scope) => {
    if (isBuilt()) return 'up to date';
    const sources = fingerprint();
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    await Promise.all(
      APPS.map((app) =>
        run(process.execPath, [nest, 'build', app], {
          title: `nest build ${app}`,
          cwd: root,
          scope,
          signal,
          limitMs: BUILD_LIMIT_MS,
        }),
      ),
    );
    writeFileSync(stamp, sources); // last: a killed build has none, and is done again
    return 'built';
  });
}

function isBuilt() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
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
