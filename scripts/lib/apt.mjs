import { join } from 'node:path';
import { CommandError, run } from './command.mjs';
import { privateDir, root } from './paths.mjs';
import { which } from './which.mjs';

const script = join(root, 'scripts', 'lib', 'apt-install.sh');

/** How to become root without being asked anything; undefined where that is not possible. */
async function asRoot() {
  if (process.getuid() === 0) return [];
  const sudo = which('sudo');
  if (!sudo) return undefined;
  const { code } = await run(sudo, ['-n', 'true'], { check: false, limitMs: 10_000 });
  return code === 0 ? [sudo, '-n'] : undefined;
}

/**
 * Installs Debian or Ubuntu packages; `least` refuses a package whose version here is older (`['rabbitmq-server', '3.10']`).
 * A running installation is never broken off (no time limit, no signal): a half-installed package would be left.
 */
export async function aptInstall(packages, { least = [] } = {}) {
  if (!which('apt-get')) throw new Error('apt-get is not there (only Debian and Ubuntu are known here)');
  const prefix = await asRoot();
  if (!prefix) throw new Error(`needs root to install ${packages.join(', ')} by apt`);
  const state = join(privateDir, 'apt');
  const [command, ...args] = [...prefix, '/bin/sh', script, state, least[0] ?? '-', least[1] ?? '-', ...packages];
  const { code, output } = await run(command, args, { title: 'apt-get install', check: false });
  if (code !== 0) throw new CommandError('apt-get install', reasonIn(output) ?? `ended with code ${code}`, output);
}

function reasonIn(output) {
  return output
    .split('\n')
    .find((line) => line.startsWith('sluice: ') || line.startsWith('E: '))
    ?.replace(/^sluice: /, '');
}
