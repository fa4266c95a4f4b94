import { count } from '../../scripts/lib/screen.mjs';
import { distribution } from '../lib/statistics.mjs';
import { CHAINS, WAYS_TO_A_QUEUE } from './chain.contenders.mjs';
import { pacedChain } from './chain-run.mjs';

const BYTES = 600;
const LOAD = 0.5;
/** Events a second that are tried, from the highest on. */
const LOADS = [16_000, 12_000, 9_000, 7_000, 5_000, 3_500, 2_500, 1_500];
const CARRIED_P95_MS = 100;

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
  isFullOnly: true,
  title: 'Latency at half the ceiling’s load',
  about:
    'A steady load of half of what both ceilings, chained, carry, with the writer on the same cores: from the write that MongoDB has acknowledged to the message in the queue, and to the handler that is called (the plain ways: to the queue; pymongo and Debezium Server are left out, because the load is more than pymongo carries, and about all that Debezium Server does with the machine for itself). A change may be seen before its write is acknowledged, so that a figure may be below nothing.',
  base: 'ceiling',
  columns: [
    { key: 'eventsPerSecond', title: 'handled events/s', digits: 0 },
    ...columnsOf('available', 'in queue'),
    ...columnsOf('handled', 'handled'),
  ],
  chart: { kind: 'ranges', from: 'handled.p50', to: 'handled.p99', marks: ['handled.p95'], unit: 'ms' },
  prepare: async ({ bench, progress }) => {
    const rate = Math.floor(LOAD * (await carriedRate({ bench, progress })));
    return {
      contenders: [...CHAINS, ...WAYS_TO_A_QUEUE],
      rate,
      settings: { rate, bytes: BYTES },
      summary: `${count(rate)} events/s`,
    };
  },
  run: async ({ bench, prepared, contender: chain, round, progress }) => {
    const paced = { bench, chain, rate: prepared.rate, bytes: BYTES, round };
    const half = (from) => (done, of) => progress(from * of + done / 2, of);
    const toQueue = await pacedChain({ ...paced, start: chain.startToQueue, progress: half(0) });
    if (chain.start === undefined) return figures('available', toQueue.values);
    const toHandler = await pacedChain({ ...paced, start: chain.start, progress: half(0.5) });
    const { eventsPerSecond } = toHandler;
    return { eventsPerSecond, ...figures('available', toQueue.values), ...figures('handled', toHandler.values) };
  },
};

/**
 * The highest of a few steady loads that both ceilings, chained, carry: with the writer on the same cores that is less
 * than they do with a backlog. A chain that falls behind is seconds late within seconds.
 */
async function carriedRate({ bench, progress }) {
  const [chain] = CHAINS;
  const { start } = chain;
  for (const rate of LOADS) {
    const { values } = await pacedChain({ bench, chain, start, round: `load-${rate}`, progress, rate, bytes: BYTES });
    if (distribution(values).p95 < CARRIED_P95_MS) return rate;
  }
  throw new Error(`the ceilings themselves do not carry ${LOADS.at(-1)} events/s on this machine as it is now`);
}

function figures(point, values) {
  const { p50, p95, p99, max } = distribution(values);
  return Object.fromEntries(Object.entries({ p50, p95, p99, max }).map(([moment, ms]) => [`${point}.${moment}`, ms]));
}
