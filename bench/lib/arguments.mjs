import { parseArgs } from 'node:util';

/** What was asked for: `--quick`, `--only NAME` (several times, too), `--rounds N`, `--events N`. */
export function benchArguments(args = process.argv.slice(2)) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      events: { type: 'string' },
      'no-report': { type: 'boolean', default: false },
    },
  });
  const { quick, only } = values;
  return {
    quick,
    only,
    rounds: positive('rounds', values.rounds, quick ? 3 : 5),
    events: positive('events', values.events, quick ? 20_000 : 100_000),
    report: !values['no-report'],
    asks: (name) => only.length === 0 || only.some((word) => name.includes(word)),
  };
}

function positive(name, text, fallback) {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} is "${text}"; allowed is a whole number from 1.`);
}
