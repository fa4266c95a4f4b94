import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../scripts/lib/command.mjs';
import { privateDir, root } from '../../scripts/lib/paths.mjs';
import { formatted } from './formatted.mjs';

const FOLDER = join('bench', 'results');
const QUICK_FOLDER = join(privateDir, 'bench-quick');

/** Where the results of a day are kept: those of quick runs outside the repository, unless a report is asked for. */
export function resultsFile({ at, report }) {
  return join(report ? join(root, FOLDER) : QUICK_FOLDER, `${at.toISOString().slice(0, 10)}.json`);
}

export function majorOf(node) {
  return Number(/\d+/.exec(node)[0]);
}

/** What a file has; nothing where there is none. */
export function readResults(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).results : [];
}

/** The newest result of each scenario in the repository's folder, whichever day it is of. */
export function newestResults() {
  const folder = join(root, FOLDER);
  const names = existsSync(folder) ? readdirSync(folder).filter(isResult).sort() : [];
  return names.flatMap((name) => readResults(join(folder, name))).reduce(withResult, []);
}

function isResult(name) {
  return name.endsWith('.json');
}

/**
 * Puts a result beside the others: in the place of the same scenario's under the same Node. A quick one does not
 * replace one that took its time.
 */
export function withResult(results, result) {
  const isSame = ({ name, node }) => name === result.name && majorOf(node) === majorOf(result.node);
  const former = results.find(isSame);
  if (former && result.settings.quick && !former.settings.quick) return results;
  return [...results.filter((each) => !isSame(each)), result];
}

/** Keeps it in the day's file. */
export async function keepResult(file, result) {
  mkdirSync(dirname(file), { recursive: true });
  const results = withResult(readResults(file), result);
  writeFileSync(file, await formatted(JSON.stringify({ results }), file));
}

/** The same of what is committed; nothing where there is no git, or none yet. */
export async function committedResults({ signal }) {
  const git = async (...args) => (await run('git', args, { cwd: root, check: false, limitMs: 20_000, signal })).output;
  const names = (await git('ls-tree', '--name-only', 'HEAD', `${FOLDER}/`)).split('\n').filter(isResult).sort();
  const files = await Promise.all(names.map((name) => git('show', `HEAD:${name}`)));
  return files.flatMap((text) => JSON.parse(text).results).reduce(withResult, []);
}
