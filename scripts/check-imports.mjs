import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { root } from './lib/paths.mjs';
import { ruleBrokenBy } from './lib/import-rules.mjs';

/** Checks the directions of imports in apps/ and libs/ (docs: DESIGN, "Layout"); names file, line and rule. */
const IMPORT = /(?:^|[;\s])(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sources(path);
    return /\.m?ts$/.test(entry.name) ? [path] : [];
  });
}

/** Comments blanked out, line breaks kept, so that an example in a comment is not taken for an import. */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));
}

function importsOf(text) {
  return [...withoutComments(text).matchAll(IMPORT)].map((match) => ({
    specifier: match[1] ?? match[2],
    line: text.slice(0, match.index + match[0].length).split('\n').length,
  }));
}

/** The imported file from the repository's root, for a relative import; the specifier as it stands otherwise. */
function targetOf(file, specifier) {
  return specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier;
}

const nodeModules = new Set(builtinModules);
let faults = 0;
for (const path of ['apps', 'libs'].flatMap((folder) => sources(join(root, folder)))) {
  const file = relative(root, path);
  for (const { specifier, line } of importsOf(readFileSync(path, 'utf8'))) {
    const rule = ruleBrokenBy({ file, specifier, target: targetOf(file, specifier), nodeModules });
    if (!rule) continue;
    faults += 1;
    console.error(`${file}:${line}  imports '${specifier}': ${rule}`);
  }
}
process.exitCode = faults === 0 ? 0 : 1;
