import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../lib/abort.mjs';
import { root } from '../lib/paths.mjs';
import { killProcess, startProcess } from '../lib/processes.mjs';

const KEPT_LINES = 30;
const READY_LIMIT_MS = 60_000;
const REMOVE_GRACE_MS = 20_000;

/** Runs an image until `stop` or `remove`; `onLine` gets every JSON line of its log. */
export async function startContainer({ tool, slot, image, label, env, url, onLine = () => undefined }) {
  const container = `${slot.id}-${label}`;
  await tool.remove(container); // of a killed run
  const command = tool.run(image, { env, container });
  const child = startProcess({
    scope: slot.scope,
    label: container,
    command: tool.command,
    args: command.args,
    cwd: root,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastLines = [];
  const log = createWriteStream(join(slot.dir, `${label}.log`));
  log.on('error', () => undefined); // a full disk must not end the run with everything left running
  const read = (line) => {
    log.write(`${line}\n`);
    if (lastLines.push(line) > KEPT_LINES) lastLines.shift();
    const entry = parsed(line);
    if (entry) onLine(entry);
  };
  createInterface({ input: child.stdout }).on('line', read);
  createInterface({ input: child.stderr }).on('line', read);

  const outcome = { ended: false, code: undefined };
  child.once('error', (error) => Object.assign(outcome, { ended: true, code: error.message }));
  child.once('close', (code, signal) => {
    Object.assign(outcome, { ended: true, code: code ?? signal });
    log.end();
  });

  const ending = (limitMs) =>
    until(() => outcome.ended, {
      limitMs,
      everyMs: 20,
      timedOut: () => failure(`is still there ${limitMs} ms after SIGTERM`),
    });
  const failure = (what) => Object.assign(new Error(`${label}: ${what}`), { tail: lastLines.join('\n') });

  return {
    failure,
    /** Resolves when `/health/ready` says yes. */
    ready: (signal) =>
      until(
        async () => {
          if (outcome.ended) throw failure(`ended by itself (${outcome.code})`);
          return isOk(`${url}/health/ready`);
        },
        { limitMs: READY_LIMIT_MS, signal, timedOut: () => failure(`${url}/health/ready does not say yes`) },
      ),
    /** SIGTERM to the app; answers its exit code and how long it took. */
    stop: async (limitMs) => {
      const start = performance.now();
      await tool.terminate({ scope: slot.scope, container });
      await ending(limitMs);
      return { code: outcome.code, ms: performance.now() - start };
    },
    /** Takes away whatever is left of it, in good order where that works: a killed tool leaves its own things behind. */
    remove: async () => {
      if (outcome.ended) return;
      await tool.terminate({ scope: slot.scope, container }).catch(() => undefined);
      await ending(REMOVE_GRACE_MS).catch(() => undefined);
      await tool.remove(container);
      await killProcess(child);
    },
  };
}

async function isOk(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false; // it does not listen yet
  }
}

function parsed(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
