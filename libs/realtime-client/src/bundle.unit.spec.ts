import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';

const LIMIT_BYTES = 5 * 1024;

it('is under 5 KB minified and gzipped, and has nothing of its own but itself', async () => {
  const entry = fileURLToPath(new URL('index.ts', import.meta.url));
  const bundled = (await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: true, lib: { entry, formats: ['es'], fileName: 'client' } },
  })) as Rolldown.RolldownOutput[]; // of a lib that is not watched
  const chunks = bundled.flatMap(({ output }) => output).filter((file) => file.type === 'chunk');
  expect(chunks).toHaveLength(1);
  const [{ code = '', imports = [], moduleIds = [] } = {}] = chunks;
  expect(imports).toEqual([]);
  expect(moduleIds.filter((id) => !id.includes('/libs/realtime-client/src/'))).toEqual([]);
  expect(gzipSync(code).length).toBeLessThan(LIMIT_BYTES);
});
