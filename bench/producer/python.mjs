import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/command.mjs';
import { privateDir } from '../../scripts/lib/paths.mjs';
import { findPython } from '../../scripts/lib/python.mjs';
import { whileSettingUp } from '../../scripts/lib/set-up.mjs';

const PACKAGES = ['pymongo==4.15.4', 'pika==1.3.2'];
const venv = join(privateDir, 'bench-venv');
const python = join(venv, 'bin', 'python');
const stamp = join(venv, 'installed');

/** An interpreter with pymongo and pika in a private virtual environment, or the reason why there is none. */
export async function benchPython({ say, signal }) {
  if (existsSync(stamp)) return { command: python };
  const interpreter = await findPython();
  if (!interpreter) return { reason: 'there is no Python 3.10 to 3.13 here' };
  try {
    await whileSettingUp({ say, signal }, async (scope) => {
      say(`${PACKAGES.join(' and ')} from PyPI, in .sluice/bench-venv`);
      await run(interpreter, ['-m', 'venv', venv], { title: 'python -m venv', scope, signal, limitMs: 120_000 });
      const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', ...PACKAGES];
      await run(python, pip, { title: 'pip install', scope, signal, limitMs: 300_000 });
    });
  } catch (error) {
    if (signal.aborted) throw error;
    return { reason: `pymongo and pika could not be installed: ${error.message}` };
  }
  writeFileSync(stamp, PACKAGES.join('\n'));
  return { command: python };
}
