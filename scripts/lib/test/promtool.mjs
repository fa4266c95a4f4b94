import { AptProgram } from '../apt-program.mjs';
import { whileSettingUp } from '../set-up.mjs';

/** Debian has it in the package of the server, which starts a service when it is installed. */
const promtool = new AptProgram('promtool', { of: 'prometheus' });

/**
 * Prometheus' own check of its rules (https://prometheus.io/docs/prometheus/latest/command-line/promtool/): where it is,
 * or why it is missing. A machine that cannot have it tests the rest.
 */
export async function promtoolFor({ say, signal }) {
  try {
    const provide = (scope) => promtool.provide({ say, scope, signal });
    return { SLUICE_TEST_PROMTOOL: (await promtool.find()) ?? (await whileSettingUp({ say, signal }, provide)) };
  } catch (error) {
    signal.throwIfAborted();
    say(`promtool cannot be had, and its tests are skipped: ${error.message}`);
    return { SLUICE_TEST_PROMTOOL_MISSING: error.message };
  }
}
