import { bold, count, green, print, red } from '../screen.mjs';

const COLUMNS = ['operation', 'written', 'published', 'handled', 'duplicates', 'missing'];
const WIDTH = 12;

function line(cells) {
  return cells.map((cell, n) => (n === 0 ? cell.padEnd(WIDTH) : cell.padStart(WIDTH))).join('');
}

function row(name, { written, published, handled, duplicates, missing }) {
  return line([name, ...[written, published, handled, duplicates, missing].map(count)]);
}

function rowsOf(ledger, published) {
  return [...ledger.byOperation()].map(([operation, counts]) => ({
    operation,
    ...counts,
    published: published[operation] ?? 0,
  }));
}

function sum(rows) {
  const total = { written: 0, published: 0, handled: 0, duplicates: 0, missing: 0 };
  for (const key of Object.keys(total)) for (const counts of rows) total[key] += counts[key];
  return total;
}

/** Prints the table of a whole run (what was written, published and handled, what is missing), then how fast it went. */
export function printReport(ledger, { published, group }, pace) {
  const rows = rowsOf(ledger, published);
  print();
  print(`  ${bold(line(COLUMNS))}`);
  for (const counts of rows) print(`  ${row(counts.operation, counts)}`);
  print(`  ${bold(row('all', sum(rows)))}`);
  if (group?.deadLettered > 0) print(red(`  dead-lettered ${count(group.deadLettered)}`));
  if (pace.length > 0) print();
  for (const words of pace) print(`  ${words}`);
}

/** How fast a whole data set went through, from a ledger with nothing else in it yet. */
export function backlogPace(ledger) {
  if (ledger.handled === 0) return [];
  const rate = Math.round(ledger.handled / (ledger.duration / 1000));
  return [
    `throughput: ${count(rate)} events/s over ${(ledger.duration / 1000).toFixed(1)} s`,
    `latency while the backlog drains: p50 ${ms(ledger.latency(0.5))}, p99 ${ms(ledger.latency(0.99))} (from sending a write, all sent at once, to its handler)`,
  ];
}

/** How long single changes took, written one after another behind the first `from`. */
export function singlePace(ledger, from) {
  if (ledger.handled === from) return [];
  return [`latency of single changes: p50 ${ms(ledger.latency(0.5, from))}, slowest ${ms(ledger.latency(1, from))}`];
}

function ms(value) {
  return `${count(Math.round(value))} ms`;
}

export function printVerdict(faults) {
  print();
  if (faults.length === 0) return print(green('  Every change was handled; nothing is missing.'));
  for (const fault of faults) print(red(`  ${fault}`));
}
