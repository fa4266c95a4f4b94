import { distribution } from '../lib/statistics.mjs';
import { CHAINS } from './chain.contenders.mjs';
import { pacedChain } from './chain-run.mjs';

const BYTES = 600;
/** A little over the 10,000 that are claimed, so that the load itself is not what falls short. */
const RATE = 10_200;

export const headlineScenario = {
  name: 'headline',
  isFullOnly: true,
  title: 'The figures that tutorials claim',
  about:
    'At least 10,000 events a second end to end with an average latency under 50 ms: a steady load, with servers, writer, both apps and the bench on the same cores.',
  base: 'ceiling',
  columns: [
    { key: 'writtenPerSecond', title: 'written events/s', digits: 0 },
    { key: 'eventsPerSecond', title: 'handled events/s', digits: 0, better: 'more' },
    { key: 'mean', title: 'average ms', digits: 1, better: 'less' },
    { key: 'p99', title: 'p99 ms', digits: 1 },
  ],
  prepare: () => ({ contenders: CHAINS, settings: { rate: RATE, bytes: BYTES } }),
  run: async ({ bench, contender: chain, round, progress }) => {
    const paced = { bench, chain, start: chain.start, rate: RATE, bytes: BYTES, round, progress };
    const { values, ...rates } = await pacedChain(paced);
    const { mean, p99 } = distribution(values);
    return { ...rates, mean, p99 };
  },
};
