#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `npx sluice`: linked by `npm ci`, before anything is built; so it looks itself. */
const program = new URL('../dist/libs/cli/src/main.js', import.meta.url);

if (existsSync(program)) await import(program.href);
else {
  process.stderr.write(`sluice is not built yet (${fileURLToPath(program)} is missing). Run: npm run build\n`);
  process.exitCode = 1;
}
