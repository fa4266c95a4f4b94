import { bold, green, print, red } from '../screen.mjs';

const number = new Intl.NumberFormat('en-US');
const COLUMNS = ['operation', 'written', 'published', 'handled', 'duplicates', 'missing'];
const WIDTH = 12;

function line(cells) {
  return cells.map((cell, n) => (n === 0 ? cell.padEnd(WIDTH) : cell.padStart(WIDTH))).join('');
}

function row(name, { written, published, handled, duplicates, missing }) {
  return line([name, ...[written, published, handled, duplicates, missing].map((value) => number.format(value))]);
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

/** Prints the table of a whole run: what was written, published and handled, how fast, and what is missing. */
export function printReport(ledger, published) {
  const rows = rowsOf(ledger, published);
  print();
  print(`  ${bold(line(COLUMNS))}`);
  for (const counts of rows) print(`  ${row(counts.operation, counts)}`);
  print(`  ${bold(row('all', sum(rows)))}`);
  print();
  if (ledger.handled > 0) {
    const [p50, p99] = [ledger.latency(0.5), ledger.latency(0.99)].map((ms) => `${number.format(Math.round(ms))} ms`);
    print(`  end-to-end latency: p50 ${p50}, p99 ${p99} (from sending a write to its handler, all written at once)`);
    const rate = Math.round(ledger.handled / (ledger.duration / 1000));
    print(`  throughput: ${number.format(rate)} events/s over ${(ledger.duration / 1000).toFixed(1)} s`);
  }
}

/** What is wrong with a run, in sentences; nothing when all that was written was published and handled. */
export function faultsOf(ledger, published) {
  const faults = [];
  for (const { operation, written, published: sent, missing } of rowsOf(ledger, published)) {
    if (missing > 0)
      faults.push(`${number.format(missing)} of ${number.format(written)} ${operation} events were not handled.`);
    if (sent < written) {
      faults.push(
        `The producer counts ${number.format(sent)} of ${number.format(written)} ${operation} events as published.`,
      );
    }
  }
  const strangers = ledger.unexpected;
  if (strangers.length > 0) {
    faults.push(`${number.format(strangers.length)} handled events were never written, the first: ${strangers[0]}`);
  }
  return faults;
}

export function printVerdict(faults) {
  print();
  if (faults.length === 0) return print(green('  Every change was handled; nothing is missing.'));
  for (const fault of faults) print(red(`  ${fault}`));
}
