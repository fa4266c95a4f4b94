import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from './abort.mjs';
import { entryOf } from './build.mjs';
import { NODE_FLAGS } from './node-flags.mjs';
import { hasEnded, startProcess, stopProcess } from './processes.mjs';

const KEPT_LINES = 30;
const READY_LIMIT_MS = 90_000;
const STOP_GRACE_MS = 25_000;

/** One of our apps ended although nobody asked it to, or does not get ready. */
export class AppError extends Error {
  constructor(message, lines) {
    super(message);
    this.name = 'AppError';
    this.tail = lines.map(readable).join('\n');
  }
}

/**
 * Runs a built app, configured by environment alone. `onLine` gets every JSON line of its log. `ended` rejects with an
 * `AppError` when the app ends before `stop` was called.
 */
export function startApp({ name, slot, env, url, onLine = () => undefined }) {
  const child = startProcess({
    scope: slot.scope,
    label: name,
    command: process.execPath,
    args: [...NODE_FLAGS, entryOf(name)],
    cwd: slot.dir, // not where a .env of the user may lie
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastLines = [];
  const logFile = join(slot.dir, `${name}.log`);
  const log = createWriteStream(logFile);
  log.on('error', () => undefined); // a full disk must not end the run with everything left running
  const keep = (line) => {
    log.write(`${line}\n`);
    if (lastLines.push(line) > KEPT_LINES) lastLines.shift();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    keep(line);
    const entry = parsed(line);
    if (entry) onLine(entry);
  });
  createInterface({ input: child.stderr }).on('line', keep);

  let isWanted = true;
  const ended = new Promise((_resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      log.end();
      if (isWanted) reject(new AppError(`${name} ended by itself (${signal ?? `exit code ${code}`}).`, lastLines));
    });
  });
  ended.catch(() => undefined); // whoever races it hears of it

  return {
    name,
    url,
    logFile,
    ended,
    ready: (signal) => Promise.race([ended, waitUntilReady({ name, url, lastLines, signal })]),
    stop: async () => {
      isWanted = false;
      if (!hasEnded(child)) await stopProcess(child, { graceMs: STOP_GRACE_MS });
    },
  };
}

/**
 * Rejects as soon as one of the apps ends by itself. To be asked for at once and listened to later: an app that dies in
 * between is no unhandled rejection, which would end the run and leave its servers behind.
 */
export function firstToEnd(apps) {
  const ended = Promise.race(apps.map((app) => app.ended));
  ended.catch(() => undefined);
  return ended;
}

async function waitUntilReady({ name, url, lastLines, signal }) {
  let answer = 'no answer yet';
  await until(
    async () => {
      try {
        const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
        answer = `${response.status} ${await response.text()}`;
        return response.status === 200;
      } catch {
        return false; // it does not listen yet
      }
    },
    {
      limitMs: READY_LIMIT_MS,
      everyMs: 100,
      signal,
      timedOut: () => new AppError(`${name} does not get ready: ${url}/health/ready answers ${answer}`, lastLines),
    },
  );
}

function parsed(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** A log line for people: level, message and the error's, instead of JSON. */
function readable(line) {
  const entry = parsed(line);
  if (!entry?.msg) return line;
  const error = entry.err?.message && !entry.msg.includes(entry.err.message) ? ` (${entry.err.message})` : '';
  return `${(LEVELS[entry.level] ?? '').padEnd(5)} ${entry.msg}${error}`;
}
