import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { privateDir, root } from './paths.mjs';
import { whileSettingUp } from './set-up.mjs';
import { which } from './which.mjs';

const INSTALL_LIMIT_MS = 20 * 60_000;

/** There while `npm ci` is at work: a killed one leaves it, and a half-made node_modules. */
const unfinished = join(privateDir, 'npm-ci-unfinished');

/** Installs the dependencies if node_modules is not what package-lock.json asks for. */
export async function installDependencies({ say, signal }) {
  if (isUpToDate()) return 'up to date';
  return whileSettingUp({ say, signal }, async (scope) => {
    if (isUpToDate()) return 'up to date';
    say('installs what package-lock.json lists into node_modules (npm ci)');
    mkdirSync(privateDir, { recursive: true });
    writeFileSync(unfinished, '');
    // A shell's NODE_ENV=production would leave out what build and tests need.
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const [command, ...first] = npm();
    await run(command, [...first, ...args], { title: 'npm ci', cwd: root, scope, signal, limitMs: INSTALL_LIMIT_MS });
    rmSync(unfinished);
    return 'installed';
  });
}

/** The npm that called us, else the one on PATH. */
function npm() {
  const script = process.env['npm_execpath'];
  if (script?.endsWith('npm-cli.js') && existsSync(script)) return [process.execPath, script];
  return [which('npm') ?? 'npm'];
}

/** Compares npm's own note of what it installed (written last) with the lock file; links and optional packages aside. */
function isUpToDate() {
  if (existsSync(unfinished)) return false;
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return false;
  return Object.entries(wanted()).every(
    ([path, entry]) => entry.optional || entry.devOptional || installed[path]?.version === entry.version,
  );
}

function wanted() {
  const packages = packagesIn(join(root, 'package-lock.json')) ?? {};
  return Object.fromEntries(Object.entries(packages).filter(([path]) => path.startsWith('node_modules/')));
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
