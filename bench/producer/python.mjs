import { PythonVenv } from '../../scripts/lib/python-venv.mjs';
import { findPython, PYTHONS } from '../../scripts/lib/python.mjs';
import { whileSettingUp } from '../../scripts/lib/set-up.mjs';

const venv = new PythonVenv('bench-venv', ['pymongo==4.15.4', 'pika==1.3.2']);

/** An interpreter with pymongo and pika in a private virtual environment, or the reason why there is none. */
export async function benchPython({ say, signal }) {
  if (venv.isInstalled) return { command: venv.python };
  const interpreter = await findPython();
  if (!interpreter) return { reason: `there is no Python ${PYTHONS} here` };
  try {
    await whileSettingUp({ say, signal }, (scope) => venv.install(interpreter, { say, scope, signal }));
  } catch (error) {
    if (signal.aborted) throw error;
    return { reason: `pymongo and pika could not be installed: ${error.message}` };
  }
  return { command: venv.python };
}
