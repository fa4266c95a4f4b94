import { parseArgs } from 'node:util';

export const HELP = `npm run bench -- [flags]

Measures contenders in turns and writes bench/results/<date>.json, docs/performance.md and its charts.

  --only WORD        only scenarios with that word in their name; may be given several times. The report
                     has the newest result of each scenario, so that a run may be done in parts
  --quick            small and less than five minutes: fewer rounds, events and rows; without what takes long (other
                     event sizes, mirror, poison, latency, headline, memory, realtime, growth-backlog, traces, profile,
                     allocations) unless --only names it, and without Debezium Server. Is kept in .sluice/bench-quick
                     and leaves the repository alone
  --rounds N         how often each contender has its turn (5, quick: 2); profiles once, in a quick run all but
                     producer and consumer once
  --events N         events of a run (100000, quick: 20000)
  --seconds N        a run is measured no longer than this (6, quick: 2), but for growth-backlog, growth-streams and
                     memory, which go to their end
  --node MAJOR       the JavaScript contenders run under that Node (package node@MAJOR, into .sluice); reported beside
                     the others
  --check            exit code 2 where a ratio fell by more than its spread since the last committed result
  --report, --no-report
                     write into the repository, or do not; without --quick it does
  --render           write the report of the newest results again, and measure nothing
  --list             the scenarios' names
  --help`;

const WHOLE = 'a whole number from 1';

/** A flag that is not known, or a value that is not allowed. */
export class ArgumentError extends Error {
  constructor(message) {
    super(`${message}\n\n${HELP}`);
    this.name = 'ArgumentError';
  }
}

/** What was asked for. `names` are all scenarios' names. @throws ArgumentError */
export function benchArguments(args, names) {
  const values = parsed(args);
  const { quick, only } = values;
  const report = values.report ?? !quick;
  for (const word of only) {
    if (!names.some((name) => name.includes(word)))
      throw new ArgumentError(`--only ${word}: no scenario has that in its name; there are ${names.join(', ')}.`);
  }
  return {
    quick,
    only,
    report,
    ...Object.fromEntries(['check', 'render', 'list', 'help'].map((flag) => [flag, values[flag]])),
    rounds: positive('rounds', values.rounds, quick ? 2 : 5),
    events: positive('events', values.events, quick ? 20_000 : 100_000),
    seconds: positive('seconds', values.seconds, quick ? 2 : 6),
    node: values.node === undefined ? undefined : positive('node', values.node),
    asks: (name) => only.length === 0 || only.some((word) => name.includes(word)),
  };
}

function parsed(args) {
  const flag = { type: 'boolean', default: false };
  const options = {
    ...{ quick: flag, check: flag, render: flag, list: flag, help: flag },
    ...{ rounds: { type: 'string' }, events: { type: 'string' }, seconds: { type: 'string' } },
    node: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    report: { type: 'boolean' },
  };
  try {
    return parseArgs({ args, options, allowNegative: true }).values;
  } catch (error) {
    throw new ArgumentError(error.message);
  }
}

function positive(name, text, fallback) {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ArgumentError(`--${name} is "${text}"; allowed is ${WHOLE}.`);
}
