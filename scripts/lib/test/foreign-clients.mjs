import { aptInstall } from '../apt.mjs';
import { run } from '../command.mjs';
import { PythonVenv } from '../python-venv.mjs';
import { findPython, PYTHONS } from '../python.mjs';
import { whileSettingUp } from '../set-up.mjs';
import { which } from '../which.mjs';

/** Names of Chromium and its kin; the first is Debian's. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const websockets = new PythonVenv('venv-websockets', ['websockets==16.0']);

/**
 * Clients that others wrote, for the tests of live push: where each is, or why it is missing. Answers them as environment
 * variables (`SLUICE_TEST_CHROMIUM`, `SLUICE_TEST_CHROMIUM_MISSING` …), and never rejects: a test that lacks its client
 * is skipped, with the reason in its name.
 */
export async function provideForeignClients({ say, signal }) {
  const [chromium, python] = await Promise.all([
    orReason(() => provideChromium({ say, signal })),
    orReason(() => providePython({ say, signal })),
  ]);
  return { ...asEnvironment('SLUICE_TEST_CHROMIUM', chromium), ...asEnvironment('SLUICE_TEST_PYTHON', python) };
}

async function provideChromium({ say, signal }) {
  const found = await findBrowser();
  if (found) return found;
  await whileSettingUp({ say, signal }, async () => {
    if (await findBrowser()) return;
    say('chromium by apt, for the tests in a browser');
    await aptInstall(['chromium']);
  });
  return (await findBrowser()) ?? fail('chromium was installed, and does not run');
}

/** One that says its version: Ubuntu's is a script that only asks for a snap. */
async function findBrowser() {
  for (const path of BROWSERS.map(which).filter(Boolean)) {
    const { code } = await run(path, ['--version'], { check: false, limitMs: 20_000 });
    if (code === 0) return path;
  }
  return undefined;
}

async function providePython({ say, signal }) {
  if (!websockets.isInstalled) {
    const interpreter = (await findPython()) ?? fail(`there is no Python ${PYTHONS} here`);
    await whileSettingUp({ say, signal }, (scope) => websockets.install(interpreter, { say, scope, signal }));
  }
  return websockets.python;
}

function fail(reason) {
  throw new Error(reason);
}

async function orReason(provide) {
  try {
    return { path: await provide() };
  } catch (error) {
    return { missing: error.message };
  }
}

function asEnvironment(name, { path, missing }) {
  return path ? { [name]: path } : { [`${name}_MISSING`]: missing };
}
