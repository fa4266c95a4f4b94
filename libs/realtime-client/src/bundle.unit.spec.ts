import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const LIMIT_BYTES = 5 * 1024;
const bundler = fileURLToPath(new URL('../bundle.mjs', import.meta.url));

it('is one file under 5 KB minified and gzipped, which needs nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-client-'));
  try {
    await promisify(execFile)(process.execPath, [bundler, folder]);
    const file = join(folder, 'client.js');
    const code = await readFile(file, 'utf8');
    expect(gzipSync(code).length).toBeLessThan(LIMIT_BYTES);
    // Loaded from where nothing else is, it has everything.
    const bundled = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
    const names = ['CLIENT_ERROR', 'LiveCollection', 'RealtimeClient', 'RealtimeError', 'Subscription', 'keyOf'];
    expect(Object.keys(bundled).sort()).toEqual([...names, 'ticketsFrom']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
