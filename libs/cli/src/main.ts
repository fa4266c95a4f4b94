import { userInfo } from 'node:os';
import { processTerminal } from './output/terminal.js';
import { runSluice } from './sluice.program.js';

const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort();
  process.once('SIGINT', () => process.exit(130)); // the second one does not wait
});
// `sluice ... | head`: whoever read it has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runSluice(process.argv.slice(2), {
  terminal: processTerminal(),
  environment: process.env,
  fetch: globalThis.fetch,
  now: () => new Date(),
  user: userName(),
  executable: [process.execPath, process.argv[1] ?? ''].map(quoted).join(' '),
  signal: interrupted.signal,
});

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
