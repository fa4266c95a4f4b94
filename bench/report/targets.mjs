import { summary } from '../lib/statistics.mjs';
import { against } from './comparison.mjs';

const RATE = 'eventsPerSecond';
const CPU = 'cpuMicrosecondsPerEvent';
const producer = { scenario: 'producer-600' };
const consumer = { scenario: 'consumer', to: 'ceiling', column: RATE };
const mirror = { scenario: 'mirror', row: 'sluice-mirror', column: RATE, atLeast: 0.7 };
const latency = { scenario: 'latency', to: 'ceiling', by: 'difference', unit: ' ms' };
const realtime = { scenario: 'realtime', row: 'sluice', to: 'bare-ws' };
const codec = { scenario: 'codec', column: 'cpuMicroseconds' };
const memory = { scenario: 'memory', column: 'overMegabytes', atMost: 64, unit: ' MB', isBound: true };

/**
 * What the project wants of itself. A figure of `row`, as it is or against the row `to` of the same rounds (a ratio
 * unless `by` says otherwise), and where it has to lie: the median of the rounds, or each round where it `isBound`.
 */
export const TARGETS = [
  {
    what: 'producer, BSON: events/s to the ceiling',
    ...producer,
    row: 'sluice-bson',
    to: 'ceiling',
    column: RATE,
    atLeast: 0.9,
  },
  {
    what: 'producer, JSON: events/s to the ceiling',
    ...producer,
    row: 'sluice-json',
    to: 'ceiling',
    column: RATE,
    atLeast: 0.75,
  },
  {
    what: 'producer, BSON: CPU per event to the ceiling',
    ...producer,
    row: 'sluice-bson',
    to: 'ceiling',
    column: CPU,
    atMost: 1.25,
  },
  {
    what: 'producer, JSON: CPU per event to the ceiling',
    ...producer,
    row: 'sluice-json',
    to: 'ceiling',
    column: CPU,
    atMost: 2,
  },
  {
    what: 'producer, JSON: events/s to the plain way',
    ...producer,
    row: 'sluice-json',
    to: 'change-stream',
    column: RATE,
    atLeast: 1.4,
  },
  {
    what: 'producer, JSON: CPU per event to the plain way',
    ...producer,
    row: 'sluice-json',
    to: 'change-stream',
    column: CPU,
    atMost: 0.5,
  },
  {
    what: 'producer, JSON: events/s to Debezium Server',
    ...producer,
    row: 'sluice-json',
    to: 'debezium',
    column: RATE,
    atLeast: 4,
  },
  {
    what: 'producer, JSON: CPU per event to Debezium Server',
    ...producer,
    row: 'sluice-json',
    to: 'debezium',
    column: CPU,
    atMost: 0.1,
  },
  {
    what: 'producer, JSON: events/s to the tutorials’ Python',
    ...producer,
    row: 'sluice-json',
    to: 'python-tutorial',
    column: RATE,
    atLeast: 25,
  },
  { what: 'consumer, BSON: events/s to the ceiling', ...consumer, row: 'sluice-bson', atLeast: 0.7 },
  { what: 'consumer, JSON: events/s to the ceiling', ...consumer, row: 'sluice-json', atLeast: 0.5 },
  { what: 'mirror: events/s to a plain bulkWrite of upserts', ...mirror, to: 'bulk-write' },
  { what: 'mirror: events/s to a plain bulkWrite of inserts', ...mirror, to: 'bulk-insert' },
  {
    what: 'end to end, BSON: events/s to the chained ceilings',
    scenario: 'end-to-end',
    row: 'sluice-bson',
    to: 'ceiling',
    column: RATE,
    atLeast: 0.75,
  },
  {
    what: 'end to end, JSON: events/s to the chained ceilings',
    scenario: 'end-to-end',
    row: 'sluice-json',
    to: 'ceiling',
    column: RATE,
    atLeast: 0.75,
  },
  {
    what: 'latency at half load, BSON: p50 over the chained ceilings',
    ...latency,
    row: 'sluice-bson',
    column: 'handled.p50',
    atMost: 1,
  },
  {
    what: 'latency at half load, BSON: p99 over the chained ceilings',
    ...latency,
    row: 'sluice-bson',
    column: 'handled.p99',
    atMost: 10,
  },
  {
    what: 'latency at half load, JSON: p50 over the chained ceilings',
    ...latency,
    row: 'sluice-json',
    column: 'handled.p50',
    atMost: 1,
  },
  {
    what: 'latency at half load, JSON: p99 over the chained ceilings',
    ...latency,
    row: 'sluice-json',
    column: 'handled.p99',
    atMost: 10,
  },
  { what: 'headline, JSON: handled events/s', scenario: 'headline', row: 'sluice-json', column: RATE, atLeast: 10_000 },
  {
    what: 'headline, JSON: average latency',
    scenario: 'headline',
    row: 'sluice-json',
    column: 'mean',
    atMost: 50,
    unit: ' ms',
  },
  { what: 'producer: memory above idle and its window', ...memory, row: 'producer' },
  { what: 'producer, broker blocked: memory above idle and its window', ...memory, row: 'producer-blocked' },
  { what: 'producer, 50 KB documents: memory above idle and its window', ...memory, row: 'producer-large' },
  { what: 'consumer: memory above idle and its window', ...memory, row: 'consumer' },
  { what: 'consumer, broker blocked: memory above idle and its window', ...memory, row: 'consumer-blocked' },
  { what: 'consumer, 50 KB documents: memory above idle and its window', ...memory, row: 'consumer-large' },
  {
    what: 'codec: writing Extended JSON to EJSON.stringify, CPU',
    ...codec,
    row: 'write-sluice',
    to: 'write-ejson',
    atMost: 1,
  },
  { what: 'codec: reading Extended JSON to JSON.parse, CPU', ...codec, row: 'read-sluice', to: 'read-json', atMost: 2 },
  {
    what: 'live push: CPU per delivered message to plain ws',
    ...realtime,
    column: 'cpuMicrosecondsPerMessage',
    atMost: 1.5,
  },
  {
    what: 'live push: memory per connection over plain ws',
    ...realtime,
    column: 'connectionKilobytes',
    by: 'difference',
    atMost: 40,
    unit: ' KB',
  },
  {
    what: 'live push, one stuck client: messages/s to none',
    ...realtime,
    row: 'sluice-stuck',
    to: 'sluice',
    column: 'messagesPerSecond',
    atLeast: 0.99,
  },
];

/** The part of docs/performance-profile.md that says what keeps a scenario's figures where they are, and what was tried. */
export const EXPLAINED = {
  'producer-600': 'the-producers-time',
  consumer: 'the-consumers-time',
  mirror: 'the-consumers-time',
  'end-to-end': 'from-end-to-end',
  latency: 'from-end-to-end',
  headline: 'from-end-to-end',
  memory: 'the-producers-memory-behind-a-backlog',
  codec: 'the-codec',
  realtime: 'live-push',
};

/** Each target with what was measured: `value` is undefined, and so is `isMet`, where a row it needs was not. */
export function judged(results) {
  return TARGETS.map((target) => {
    const value = measured(target, results);
    return {
      ...target,
      value,
      isMet:
        value && (target.isBound ? [value.least, value.most] : [value.median]).every((each) => isWithin(each, target)),
      explained: `performance-profile.md#${EXPLAINED[target.scenario]}`,
    };
  });
}

function measured({ scenario, row: name, to, column, by = 'ratio' }, results) {
  const { rows = [] } = results.find((result) => result.name === scenario) ?? {};
  const row = rows.find((each) => each.name === name);
  if (row === undefined || row.notRun !== undefined) return undefined;
  if (to === undefined) return summary(row.runs.map((run) => run[column]));
  return against(
    row,
    rows.find((each) => each.name === to),
    column,
    by,
  );
}

function isWithin(value, { atLeast = -Infinity, atMost = Infinity }) {
  return value >= atLeast && value <= atMost;
}
