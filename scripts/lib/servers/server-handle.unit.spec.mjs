import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serverHandle } from './server-handle.mjs';

let dir;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'sluice-server-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/** A shell script that plays the server; it serves once the file `serves` is there. */
function server(script) {
  return serverHandle({
    scope: dir,
    label: 'server',
    command: 'sh',
    args: ['-c', script],
    cwd: dir,
    logFile: join(dir, 'server.log'),
    describe: 'The server on port 1',
    isReady: () => existsSync(join(dir, 'serves')),
  });
}

describe('a server of our own', () => {
  it('is started once more when it ends at its start', async () => {
    const handle = server('if [ -e tried ]; then touch serves; exec sleep 600; fi; touch tried; exit 1');
    await handle.start();
    await handle.stop();
  });

  it('that does not start says why in the message, by the end of its log', async () => {
    const start = server('echo "port 1 is taken"; exit 3').start();
    await expect(start).rejects.toThrow(/The server on port 1 ended at the start \(code 3\)\n[^]*port 1 is taken/);
  });
});
