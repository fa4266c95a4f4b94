import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { SCENARIO_NAMES } from '../scenario-names.mjs';
import { chartOf } from './charts/charts.mjs';
import { formatted } from './formatted.mjs';
import { byNode, reportOf } from './markdown.mjs';

const PAGE = join(root, 'docs', 'performance.md');
const CHARTS = join(root, 'docs', 'performance');
const BEGIN = '<!-- bench: what stands from here on is written by `npm run bench` -->';
const END = '<!-- bench: up to here -->';

/** Writes the generated part of docs/performance.md and the charts that it shows. */
export async function writeReport(results) {
  const inOrder = [...results].sort((a, b) => SCENARIO_NAMES.indexOf(a.name) - SCENARIO_NAMES.indexOf(b.name));
  const charts = writeCharts(byNode(inOrder)[0].results);
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.split(BEGIN)[0], page.split(END)[1]];
  if (before === page || after === undefined) throw new Error(`docs/performance.md needs the lines\n${BEGIN}\n${END}`);
  const text = [before.trimEnd(), BEGIN, reportOf({ results: inOrder, charts }), END, after.trim()].join('\n\n');
  writeFileSync(PAGE, await formatted(text, PAGE));
  return PAGE;
}

function writeCharts(results) {
  rmSync(CHARTS, { recursive: true, force: true });
  mkdirSync(CHARTS, { recursive: true });
  const files = new Map();
  for (const result of results) {
    const svg = chartOf(result);
    if (svg === undefined) continue;
    const file = `${result.name}.svg`;
    writeFileSync(join(CHARTS, file), svg);
    files.set(result.name, file);
  }
  return files;
}
