import { run } from './command.mjs';
import { whichAll } from './which.mjs';

/** Versions for which SecantusDB has wheels. */
export const PYTHONS = '3.10 to 3.13';
const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/** ensurepip is what Debian leaves out where python3-venv is missing: `-m venv` alone would fail half-way. */
const FITS = 'import sys, venv, ensurepip; sys.exit(0 if (3, 10) <= sys.version_info[:2] <= (3, 13) else 1)';

/** An interpreter that can make the virtual environment; undefined where there is none. */
export async function findPython() {
  for (const path of NAMES.flatMap(whichAll)) {
    const { code } = await run(path, ['-c', FITS], { check: false, limitMs: 20_000 });
    if (code === 0) return path;
  }
  return undefined;
}
