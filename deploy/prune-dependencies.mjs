import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Takes out of a production `node_modules` what no running app can load; it halves the images. Licences stay.
 * Usage: `node deploy/prune-dependencies.mjs node_modules`
 */

/** TypeScript is never run from node_modules (Node refuses to strip types there); maps are for debuggers of packages. */
const NOT_LOADED = /\.([cm]?ts|map)$/;

const NOT_NEEDED = [
  '.bin', // commands of packages, for npm scripts
  '@sluice', // links to the libs' sources, which are not in the image; link-libs.mjs makes others
  ...['commander', 'cli-table3', '@bomb.sh'], // the command line's, which the images do not have
  'typescript', // optional peer of @nestjs/swagger: only its compiler plugin asks for it
  'swagger-ui-dist/swagger-ui-es-bundle.js', // for bundlers; the page loads swagger-ui-bundle.js
  'swagger-ui-dist/swagger-ui-es-bundle-core.js',
];

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

const folder = process.argv[2];
if (!folder) throw new Error('which node_modules?');
for (const path of NOT_NEEDED) remove(join(folder, path));
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && NOT_LOADED.test(entry.name)) remove(join(entry.parentPath, entry.name));
}
