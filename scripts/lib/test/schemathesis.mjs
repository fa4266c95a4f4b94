import { PythonVenv } from '../python-venv.mjs';
import { findPython, PYTHONS } from '../python.mjs';
import { whileSettingUp } from '../set-up.mjs';

/** Schemathesis (https://schemathesis.readthedocs.io) and all that it needs: what it tries follows from its version. */
const PACKAGES = [
  'schemathesis==4.32.5',
  'anyio==4.16.0',
  'certifi==2026.10.18',
  'charset-normalizer==3.5.2',
  'click==8.5.1',
  'graphql-core==3.3.2',
  'harfile==0.6.0',
  'hypothesis==6.170.15',
  'hypothesis-graphql==0.13.5',
  'idna==3.20',
  'iniconfig==2.3.1',
  'jsonschema_rs==0.60.3',
  'markdown-it-py==4.3.0',
  'MarkupSafe==3.0.4',
  'mdurl==0.1.2',
  'packaging==26.3',
  'pluggy==1.7.0',
  'Pygments==2.21.0',
  'pyrate-limiter==4.5.1',
  'pytest==9.2.0',
  'PyYAML==6.0.3',
  'requests==2.34.2',
  'rich==15.0.0',
  'sortedcontainers==2.4.0',
  'typing_extensions==4.16.0',
  'urllib3==2.8.0',
  'Werkzeug==3.1.9',
];

const venv = new PythonVenv('venv-schemathesis', PACKAGES);

/**
 * Installs it, where it can be, and answers what its test is told of it. A machine without Python or PyPI tests the rest.
 */
export async function schemathesisFor({ say, signal }) {
  try {
    await whileSettingUp({ say, signal }, (scope) => install({ say, scope, signal }));
    return { SLUICE_TEST_SCHEMATHESIS: JSON.stringify([venv.python, venv.script('schemathesis')]) };
  } catch (error) {
    signal.throwIfAborted();
    say(`schemathesis cannot be had, and its test is skipped: ${error.message}`);
    return { SLUICE_TEST_SCHEMATHESIS_MISSING: error.message };
  }
}

async function install(options) {
  if (venv.isInstalled) return;
  const interpreter = await findPython();
  if (!interpreter) throw new Error(`needs Python ${PYTHONS} with its venv module on PATH`);
  await venv.install(interpreter, options);
}
