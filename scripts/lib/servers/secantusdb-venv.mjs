import { aptInstall } from '../apt.mjs';
import { PythonVenv } from '../python-venv.mjs';
import { findPython, PYTHONS } from '../python.mjs';

export const SECANTUSDB = 'SecantusDB==0.7.0b3';

const venv = new PythonVenv('venv', [SECANTUSDB]);

/** Program and first arguments. */
export function secantusdbCommand() {
  return [venv.python, venv.script('secantusd-py')];
}

export function hasSecantusdb() {
  return venv.isInstalled;
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
  await venv.install(interpreter, { say, scope, signal });
}
