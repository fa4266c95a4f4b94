import { readFileSync } from 'node:fs';
import { tailOf } from '../command.mjs';
import { until } from '../abort.mjs';
import { hasEnded, killProcess, startProcess, stopProcess, sweep } from '../processes.mjs';

const START_LIMIT_MS = 90_000;
const STOP_GRACE_MS = 20_000;

/**
 * A server of our own as a child process: started, stopped, killed and started again on the same port and data.
 * `plan` says how: `{ scope, label, command, args, env, cwd, logFile, uri, describe, isReady }`; `isReady` answers
 * something true once the server serves.
 */
export function serverHandle(plan) {
  let child;

  const start = async ({ signal } = {}) => {
    if (child && !hasEnded(child)) return;
    child = startProcess(plan);
    let startError;
    child.once('error', (error) => (startError = error));
    try {
      await until(
        async () => {
          if (startError) throw startError;
          if (hasEnded(child))
            throw failure(plan, `ended at the start (${child.signalCode ?? `code ${child.exitCode}`})`);
          return plan.isReady();
        },
        { limitMs: START_LIMIT_MS, everyMs: 100, signal, timedOut: () => failure(plan, 'does not get ready') },
      );
    } catch (error) {
      await kill();
      throw error;
    }
  };

  const kill = async () => {
    if (child) await killProcess(child);
  };

  const stop = async () => {
    if (child) await stopProcess(child, { graceMs: STOP_GRACE_MS });
    await sweep(plan.scope, plan.label); // helpers that left the group, such as Erlang's epmd
  };

  return { uri: plan.uri, describe: plan.describe, isPrivate: true, start, kill, stop };
}

function failure(plan, what) {
  const error = new Error(`${plan.describe} ${what}`);
  error.tail = tailOf(readFileSync(plan.logFile, 'utf8'));
  return error;
}
