import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run } from './command.mjs';
import { privateDir, root } from './paths.mjs';
import { which } from './which.mjs';

const script = join(root, 'scripts', 'lib', 'apt-install.sh');
const NO_APT = 'apt-get is not there (only Debian and Ubuntu are known here)';

const UNPACK_LIMIT_MS = 3 * 60_000;
/** What cannot be reached is to be known of soon, and an update that misses a source is to say so. */
const IMPATIENT = ['Acquire::Retries=1', 'Acquire::http::Timeout=15', 'Acquire::https::Timeout=15'];
const OPTIONS = ['-q', ...[...IMPATIENT, 'APT::Update::Error-Mode=any'].flatMap((option) => ['-o', option])];
/** What apt says where its lists have never been fetched, or name a version that is no longer offered. */
const LISTS_ARE_OLD = /Unable to locate package|Can't find a source|404 +Not Found/;

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
  if (!which('apt-get')) throw new Error(NO_APT);
  const prefix = await asRoot();
  if (!prefix) throw new Error(`needs root to install ${packages.join(', ')} by apt`);
  const state = join(privateDir, 'apt');
  const [command, ...args] = [...prefix, '/bin/sh', script, state, least[0] ?? '-', least[1] ?? '-', ...packages];
  const { code, output } = await run(command, args, { title: 'apt-get install', check: false });
  if (code !== 0) throw new CommandError('apt-get install', reasonIn(output) ?? `ended with code ${code}`, output);
}

/**
 * Fetches a Debian or Ubuntu package into `folder`, and unpacks it there without installing it: none of its scripts is
 * run, and nothing of the system changes but, where they are too old for it, the lists of packages. Only that needs root.
 */
export async function aptUnpack(name, folder, { scope, signal }) {
  if (!which('apt-get')) throw new Error(NO_APT);
  const options = { cwd: folder, env: { ...process.env, LC_ALL: 'C' }, scope, signal, limitMs: UNPACK_LIMIT_MS };
  const download = () => tryApt('download', [name], options);
  let failure = await download();
  if (failure && LISTS_ARE_OLD.test(failure.tail)) {
    const notUpdated = await updateLists(name);
    failure = (await download()) && (notUpdated ?? failure); // the lists at hand may do
  }
  if (failure) throw failure;
  const [file] = readdirSync(folder).filter((each) => each.endsWith('.deb'));
  await run('dpkg-deb', ['-x', file, folder], { title: 'dpkg-deb -x', ...options });
}

/** Neither a limit nor a signal: what runs as root by sudo cannot be ended by us. */
async function updateLists(name) {
  const prefix = await asRoot();
  if (!prefix) throw new Error(`apt's lists do not know ${name}, or an old one, and apt-get update needs root`);
  return tryApt('update', [], { prefix });
}

/** Answers the failure, as a `CommandError` with apt's own reason; undefined where it went well. */
async function tryApt(verb, names, { prefix = [], ...options }) {
  const [command, ...args] = [...prefix, 'apt-get', verb, ...OPTIONS, ...names];
  const title = `apt-get ${verb}`;
  const { reason, output } = await run(command, args, { title, check: false, ...options });
  return reason && new CommandError(title, reasonIn(output) ?? reason, output);
}

function reasonIn(output) {
  return output
    .split('\n')
    .find((line) => line.startsWith('sluice: ') || line.startsWith('E: '))
    ?.replace(/^sluice: /, '');
}
