import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes the built libs importable by name (`@sluice/handlers`) for handlers that are mounted into an image, as the very
 * modules that the app has: a second copy would have decorators of its own, which the app does not see.
 * Usage: `node deploy/link-libs.mjs APP LINKS`; LINKS becomes `node_modules/@sluice` beside `dist`.
 */
const [app, links] = process.argv.slice(2);
if (!app || !links) throw new Error('the libs of which app, and where do the links go?');
const built = join('dist', app, 'libs');

mkdirSync(links, { recursive: true });
for (const lib of readdirSync(built)) {
  const { name, version } = JSON.parse(readFileSync(join('libs', lib, 'package.json'), 'utf8'));
  const description = { name, version, type: 'module', exports: './src/index.js' };
  writeFileSync(join(built, lib, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  symlinkSync(join('..', '..', built, lib), join(links, lib));
}
