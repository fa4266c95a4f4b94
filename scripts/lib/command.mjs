import { mkdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { privateDir } from './paths.mjs';
import { hasEnded, startProcess, stopProcess } from './processes.mjs';

const FIRST_LINES = 8;
const LAST_LINES = 25;

/** A program that failed, with the telling lines of what it said. */
export class CommandError extends Error {
  constructor(title, reason, output) {
    super(`${title}: ${reason}`);
    this.name = 'CommandError';
    this.tail = tailOf(output);
  }
}

/** The lines of a log that tell why it ended badly, without the blank ones: programs say it first, or last. */
export function tailOf(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length <= FIRST_LINES + LAST_LINES) return lines.join('\n');
  return [...lines.slice(0, FIRST_LINES), '…', ...lines.slice(-LAST_LINES)].join('\n');
}

/**
 * Runs a program to its end with its output in a file, never on the screen. Answers its code and output; `check: true`
 * turns anything but 0 into a `CommandError`. It is stopped after `limitMs`, or when `signal` is aborted.
 */
export async function run(command, args, options = {}) {
  const { title = command, scope, cwd, env, limitMs, signal, check = true } = options;
  const logFile = options.logFile ?? join(privateDir, 'logs', `${randomUUID()}.log`);
  mkdirSync(dirname(logFile), { recursive: true });
  await writeFile(logFile, '');
  const child = startProcess({ scope, label: title, command, args, cwd, env, logFile });
  const outcome = await outcomeOf(child, { limitMs, signal });
  const output = await readFile(logFile, 'utf8');
  if (!options.logFile) await rm(logFile, { force: true });
  const reason = outcome.reason ?? (outcome.code === 0 ? undefined : `ended with code ${outcome.code}`);
  if (check && reason) throw new CommandError(title, reason, output);
  return { code: outcome.code ?? -1, reason, output };
}

async function outcomeOf(child, { limitMs, signal }) {
  let reason;
  const stopFor = (why) => {
    reason ??= why;
    if (!hasEnded(child)) void stopProcess(child, { graceMs: 3_000, wholeGroup: true });
  };
  const onAbort = () => stopFor('stopped');
  const timer = limitMs ? setTimeout(() => stopFor(`gave no result within ${limitMs / 1000} s`), limitMs) : undefined;
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const [code] = await once(child, 'exit');
    return { code, reason };
  } catch (error) {
    return { code: undefined, reason: error.code === 'ENOENT' ? 'is not installed' : error.message };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
