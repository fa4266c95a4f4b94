import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { markOf } from '../lib/processes.mjs';

/** Carried by every process that the scripts start; handed into the container, it finds the app from outside. */
const MARK = 'SLUICE_STARTED_BY';

/** A program with the three verbs `build`, `run` and `size`, whose containers' processes are seen from the host. */
export function verbTool(command) {
  return {
    command,
    build: (name, target) => ['build', '-t', name, '--target', target, '.'],
    size: (name) => ['size', name],
    run: (name, { env = {}, args = [] }) => ({
      args: ['run', name, ...args],
      env: { ...env, IMAGE_ENV: [...Object.keys(env), MARK].join(' ') },
    }),
    terminate: async ({ scope, container }) => {
      const [pid] = nodeProcessesMarked(`${scope}#${container}`);
      if (pid === undefined) throw new Error(`no process of ${container} is to be found`);
      process.kill(pid, 'SIGTERM');
    },
    remove: () => Promise.resolve(), // its processes go with their group
  };
}

function nodeProcessesMarked(mark) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && markOf(name) === mark && programOf(name) === 'node')
    .map(Number);
}

function programOf(pid) {
  try {
    return basename(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '');
  } catch {
    return undefined; // ended meanwhile
  }
}
