import { count } from '../../scripts/lib/screen.mjs';
import { distribution } from '../lib/statistics.mjs';
import { dropDatabase, untouchedDatabase, writeSection } from '../lib/section.mjs';
import { CHAINS } from './chain.contenders.mjs';
import { drainedChain, pacedChain } from './chain-run.mjs';

const BYTES = 600;
const LOAD = 0.5;
/** Enough to know the ceiling's rate. */
const CEILING_EVENTS = 20_000;

const MOMENTS = [
  ['p50', 'p50 ms'],
  ['p95', 'p95 ms'],
  ['p99', 'p99 ms'],
  ['max', 'max ms'],
];
const columnsOf = (point, title) =>
  MOMENTS.map(([moment, unit]) => ({
    key: `${point}.${moment}`,
    title: `${title} ${unit}`,
    digits: 2,
    ...(moment === 'p50' || moment === 'p99' ? { toBase: 'difference', better: 'less' } : {}),
  }));

export const latencyScenario = {
  name: 'latency',
  title: 'Latency at half the ceiling’s load',
  about:
    'A steady load of half of what both ceilings, chained, can do at their best: from the write that MongoDB has acknowledged to the message in the queue, and to the handler that is called. A change may be seen before its write is acknowledged, so that a figure may be below nothing.',
  base: 'ceiling',
  columns: [
    { key: 'eventsPerSecond', title: 'handled events/s', digits: 0 },
    ...columnsOf('available', 'in queue'),
    ...columnsOf('handled', 'handled'),
  ],
  chart: { kind: 'ranges', from: 'handled.p50', to: 'handled.p99', marks: ['handled.p95'], unit: 'ms' },
  quickRounds: 1,
  prepare: async ({ bench, progress }) => {
    const rate = Math.floor(LOAD * (await ceilingRate({ bench, progress })));
    return { contenders: CHAINS, rate, settings: { rate, bytes: BYTES }, summary: `${count(rate)} events/s` };
  },
  run: async ({ bench, prepared, contender: chain, round, progress }) => {
    const paced = { bench, chain, rate: prepared.rate, bytes: BYTES, round };
    const half = (from) => (done, of) => progress(from * of + done / 2, of);
    const toQueue = await pacedChain({ ...paced, start: chain.startToQueue, progress: half(0) });
    const toHandler = await pacedChain({ ...paced, start: chain.start, progress: half(0.5) });
    const { eventsPerSecond } = toHandler;
    return { eventsPerSecond, ...figures('available', toQueue.values), ...figures('handled', toHandler.values) };
  },
};

/** Both ceilings, chained, with a backlog. */
async function ceilingRate({ bench, progress }) {
  const database = untouchedDatabase();
  const section = await writeSection({ bench, database, events: CEILING_EVENTS, bytes: BYTES });
  const [chain] = CHAINS;
  try {
    return (await drainedChain({ bench, chain, section, round: 'rate', progress })).eventsPerSecond;
  } finally {
    await dropDatabase({ uri: bench.servers.mongodb.uri, database });
  }
}

function figures(point, values) {
  const { p50, p95, p99, max } = distribution(values);
  return Object.fromEntries(Object.entries({ p50, p95, p99, max }).map(([moment, ms]) => [`${point}.${moment}`, ms]));
}
