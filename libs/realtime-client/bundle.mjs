import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * The client as one minified module for pages: `node libs/realtime-client/bundle.mjs FOLDER` writes FOLDER/client.js.
 * Nothing of the contracts is in it: only their types are imported.
 */
export async function bundleClient(folder) {
  mkdirSync(folder, { recursive: true });
  await build({
    configFile: false,
    logLevel: 'error',
    root: here,
    build: {
      outDir: resolve(folder),
      emptyOutDir: false,
      copyPublicDir: false,
      minify: true,
      rolldownOptions: {
        input: join(here, 'src', 'index.ts'),
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: 'client.js' },
      },
    },
  });
}

const [, script, folder] = argv;
if (script && resolve(script) === fileURLToPath(import.meta.url)) await bundleClient(folder);
