import { judged } from './targets.mjs';
import { majorOf } from './results.mjs';
import { absoluteText, numberText, spreadText, tableOf } from './table.mjs';

/** The generated part of docs/performance.md. `charts` has the file of each scenario that has a chart. */
export function reportOf({ results, charts }) {
  const [main, ...others] = byNode(results);
  return [
    ...conditions(results),
    '### Targets',
    ...targetTable([main, ...others]),
    ...main.results.flatMap((result) => section(result, charts.get(result.name))),
    ...others.flatMap(({ major, results: own }) => [
      `### The same under Node ${major}`,
      ...own.flatMap((result) => [`#### ${result.title}, Node ${major}`, settingsLine(result), markdownTable(result)]),
    ]),
  ].join('\n\n');
}

/** The version with the most scenarios first: it has the charts. */
export function byNode(results) {
  const majors = [...new Set(results.map(({ node }) => majorOf(node)))];
  return majors
    .map((major) => ({ major, results: results.filter(({ node }) => majorOf(node) === major) }))
    .sort((a, b) => b.results.length - a.results.length);
}

function conditions(results) {
  const lines = [...new Set(results.map(({ machine, node }) => machineText(machine, node)))];
  const days = [...new Set(results.map(({ at }) => at.slice(0, 10)))].sort();
  return [
    `Measured ${days.join(', ')} on:`,
    lines.map((line) => `- ${line}`).join('\n'),
    'Median of the rounds; in brackets the smallest and the largest, which for a bound are what counts. “To base” compares the runs of one round with each other; the base is the row with 1.00×.',
  ];
}

function machineText({ cpu, cores, memoryGigabytes, arch, mongodb, rabbitmq, commit }, node) {
  return `${cpu}, ${cores} cores for everything, ${memoryGigabytes} GB, ${arch}; Node ${node}; ${mongodb}; RabbitMQ ${rabbitmq}; commit ${commit}`;
}

function targetTable(nodes) {
  const judgements = nodes.map(({ major, results }) => ({ major, targets: judged(results) }));
  const [{ targets }] = judgements;
  const head = ['target', 'wanted', ...judgements.flatMap(({ major }) => [`Node ${major}`, ''])];
  const lines = targets.map(({ what, atLeast, atMost, unit = '' }, index) => [
    what,
    atLeast === undefined ? `≤ ${plain(atMost)}${unit}` : `≥ ${plain(atLeast)}${unit}`,
    ...judgements.flatMap(({ targets: own }) => verdict(own[index])),
  ]);
  return [table(head, lines)];
}

/** As few digits as it has. */
function plain(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

function verdict({ value, isMet, explained, by = 'ratio', to, unit = '' }) {
  if (value === undefined) return ['not measured', ''];
  const text = to === undefined ? absoluteText(value, 0) : spreadText(value, by);
  const rounds = value.runs === 1 ? ', 1 round' : '';
  return [`${text}${unit}${rounds}`, isMet ? 'met' : `[**not met**](${explained})`];
}

function section(result, chart) {
  return [
    `### ${result.title}`,
    result.about,
    ...(chart === undefined ? [] : [`![${result.title}](performance/${chart})`]),
    markdownTable(result),
    ...profilesOf(result),
    settingsLine(result),
  ];
}

/** The functions of each row that was profiled. */
function profilesOf({ rows }) {
  return rows
    .filter(({ runs: [run] }) => run?.top !== undefined)
    .map(({ title, runs: [{ top }] }) => [`${title}:`, '', '```text', ...top, '```'].join('\n'));
}

const SETTING = {
  events: (value) => `${numberText(value, 0)} events`,
  bytes: (value) => `${numberText(value, 0)}-byte documents`,
  rate: (value) => `${numberText(value, 0)} events/s`,
  dataBytes: (value) => `about ${numberText(value / 1e6, 0)} MB a run`,
  rounds: (value) => `${value} ${value === 1 ? 'round' : 'rounds'}`,
  seconds: (value) => `at most ${value} s a run`,
};

function settingsLine({ settings }) {
  const texts = Object.entries(SETTING)
    .filter(([name]) => settings[name] !== undefined)
    .map(([name, text]) => text(settings[name]));
  return `_${[...texts, ...(settings.quick ? ['a quick run'] : [])].join(', ')}_`;
}

function markdownTable(result) {
  const { head, lines } = tableOf(result);
  return table(
    ['', ...head],
    lines.map(({ title, cells, notRun }) => [title, ...(cells ?? [`_${notRun}_`, ...head.slice(1).map(() => '')])]),
  );
}

function table(head, lines) {
  const row = (cells) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'));
  return [row(head), `| ${rule.join(' | ')} |`, ...lines.map(row)].join('\n');
}
