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
    try {
      await startOnce(signal);
    } catch (error) {
      if (!(error instanceof EndedAtStartError) || signal?.aborted) throw error;
      await startOnce(signal); // what was in its way for a moment, such as a port, may be gone
    }
  };

  const startOnce = async (signal) => {
    child = startProcess(plan);
    let startError;
    child.once('error', (error) => (startError = error));
    try {
      await until(
        async () => {
          if (startError) throw startError;
          if (hasEnded(child))
            throw new EndedAtStartError(plan, `ended at the start (${child.signalCode ?? `code ${child.exitCode}`})`);
          return plan.isReady();
        },
        {
          limitMs: START_LIMIT_MS,
          everyMs: 100,
          signal,
          timedOut: () => new ServerStartError(plan, 'does not get ready'),
        },
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

  return { uri: plan.uri, describe: plan.describe, isPrivate: true, pid: () => child?.pid, start, kill, stop };
}

/** Says why in its message, by the server's own words: test runners and lists of reasons show nothing else. */
class ServerStartError extends Error {
  constructor(plan, what) {
    super(`${plan.describe} ${what}\n${tailOf(readFileSync(plan.logFile, 'utf8')).replace(/^/gm, '  │ ')}`);
    this.name = new.target.name;
  }
}

class EndedAtStartError extends ServerStartError {}
