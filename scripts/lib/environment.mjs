import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** What a shell may export for something else, and must not change our runs: every setting that the example names. */
const SETTINGS = new Set(
  [...readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^(?:# ?)?([A-Z][A-Z0-9_]*)=/gm)].map(
    ([, name]) => name,
  ),
);

/** The environment for what we start: the shell's, without its settings for Sluice, and with our `own`. */
export function environmentWith(own) {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('SLUICE_') && !SETTINGS.has(key));
  return { ...Object.fromEntries(inherited), ...own };
}
