import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { until } from './abort.mjs';

/**
 * Every process that we start carries this variable, and hands it to its own children: `<scope>#<label>`. What a
 * killed run left behind is found by it, even a process whose parent died between starting it and noting its id.
 */
const MARK = 'SLUICE_STARTED_BY';

/** When a process started, in clock ticks since boot; with the id it names one process for good, as ids are used again. */
export function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Field 3 is the state: a zombie has ended, only nobody has asked for its exit code yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Starts a program in a process group of its own, so that Ctrl-C reaches only us and we can stop it with its children. */
export function startProcess({ scope, label, command, args = [], cwd, env = process.env, stdio, logFile }) {
  const log = logFile ? openSync(logFile, 'a') : undefined;
  try {
    return spawn(command, args, {
      cwd,
      env: { ...env, ...(scope ? { [MARK]: `${scope}#${label}` } : {}) },
      detached: true,
      stdio: stdio ?? ['ignore', log, log],
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** Sends a signal to a child's whole group; a group that is gone is fine. */
export function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}

export function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** SIGTERM, then SIGKILL to the group if it is not gone after `graceMs`. */
export async function stopProcess(child, { graceMs = 10_000, first = 'SIGTERM', wholeGroup = false } = {}) {
  if (!hasEnded(child)) {
    if (wholeGroup) signalGroup(child.pid, first);
    else child.kill(first);
    await until(() => hasEnded(child), {
      limitMs: graceMs,
      everyMs: 20,
      timedOut: () => new Error('still there'),
    }).catch(() => undefined);
  }
  await killProcess(child);
}

/** SIGKILL to the group, and waits until its leader is gone. */
export async function killProcess(child) {
  if (child.pid === undefined) return;
  signalGroup(child.pid, 'SIGKILL');
  await until(() => hasEnded(child), {
    limitMs: 10_000,
    everyMs: 10,
    timedOut: () => new Error(`Process ${child.pid} does not end, even by SIGKILL.`),
  });
}

/** `<scope>#<label>` of a process that we started, or that one of ours did. */
export function markOf(pid) {
  try {
    const entry = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .find((line) => line.startsWith(`${MARK}=`));
    return entry?.slice(MARK.length + 1);
  } catch {
    return undefined; // ended meanwhile, or another user's
  }
}

function leftBehind(scope, label) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), startTime: startTimeOf(name), mark: markOf(name) }))
    .filter(({ startTime, mark }) => startTime !== undefined && isOf(mark, scope, label))
    .map(({ pid, startTime, mark }) => ({ pid, startTime, label: mark.slice(scope.length + 1) }));
}

function isOf(mark, scope, label) {
  return label === undefined ? mark?.startsWith(`${scope}#`) : mark === `${scope}#${label}`;
}

/**
 * Ends what an earlier, killed run of this scope left running, and nothing else: only processes that carry the scope's
 * mark (and the label, where one is given). To be called only while holding the scope's lock. Answers the labels found.
 */
export async function sweep(scope, label) {
  const found = leftBehind(scope, label);
  for (const { pid, startTime } of found) {
    if (startTimeOf(pid) === startTime) killOne(pid);
  }
  await until(() => found.every(({ pid, startTime }) => startTimeOf(pid) !== startTime), {
    limitMs: 10_000,
    everyMs: 20,
    timedOut: () => new Error(`Processes of an earlier run do not end: ${found.map(({ pid }) => pid).join(', ')}.`),
  });
  return [...new Set(found.map(({ label }) => label))];
}

function killOne(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
