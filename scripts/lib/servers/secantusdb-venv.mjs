import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from '../apt.mjs';
import { run } from '../command.mjs';
import { privateDir } from '../paths.mjs';
import { findPython, PYTHONS } from '../python.mjs';

export const SECANTUSDB = 'SecantusDB==0.7.0b3';
const INSTALL_LIMIT_MS = 15 * 60_000;

const venv = join(privateDir, 'venv');
const stamp = join(venv, 'installed');
const python = join(venv, 'bin', 'python');
const program = join(venv, 'bin', 'secantusd-py');

/** Program and first arguments; through the interpreter, as a script's first line breaks on long or spaced paths. */
export function secantusdbCommand() {
  return [python, program];
}

/** The stamp is written last: a virtual environment without it is half made, and made again. */
export function hasSecantusdb() {
  return existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === SECANTUSDB;
}

/** Makes the private virtual environment. To be called while holding the set-up lock. */
export async function installSecantusdb({ say, scope, signal }) {
  if (hasSecantusdb()) return;
  let interpreter = await findPython();
  if (!interpreter) {
    say(`python3 and python3-venv by apt (no Python ${PYTHONS} that can make virtual environments was found)`);
    await aptInstall(['python3', 'python3-venv']);
    interpreter = await findPython();
  }
  if (!interpreter) throw new Error(`needs Python ${PYTHONS} with its venv module on PATH`);
  say(`${SECANTUSDB} from PyPI, in .sluice/venv`);
  rmSync(venv, { recursive: true, force: true });
  await run(interpreter, ['-m', 'venv', venv], { title: `${interpreter} -m venv`, scope, signal, limitMs: 120_000 });
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    '--only-binary',
    ':all:',
  ];
  await run(python, [...pip, SECANTUSDB], { title: 'pip install', scope, signal, limitMs: INSTALL_LIMIT_MS });
  writeFileSync(stamp, SECANTUSDB);
}
