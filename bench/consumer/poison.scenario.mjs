import { readEventLog } from '../lib/event-log.mjs';
import { reached } from '../lib/measure.mjs';
import { consumerRun } from './consumer-run.mjs';
import { changeMessages } from './messages.mjs';
import { startSluiceConsumer } from './sluice.mjs';

const BYTES = 600;
const EVENTS = 10_000;
const POISONED = EVENTS / 2;
/** The first events are handled by a process that is still starting. */
const WARM = EVENTS / 5;

const start = startSluiceConsumer('poison');

/** One document whose handler always fails, among 10,000: what it costs the others. */
export const poisonScenario = {
  name: 'poison',
  title: 'One event among 10,000 that always fails',
  about:
    'Handled events a second between the 2,000th and the 5,000th, and behind the 5,000th, which in the second row always fails.',
  base: 'clean',
  isFullOnly: true,
  columns: [
    { key: 'beforePerSecond', title: 'events/s before it', digits: 0 },
    { key: 'afterPerSecond', title: 'events/s behind it', digits: 0, toBase: 'ratio', better: 'more' },
  ],
  prepare: () => ({
    contenders: [
      {
        name: 'clean',
        title: 'without it',
        start,
        messages: changeMessages({ events: EVENTS, bytes: BYTES, format: 'bson' }),
      },
      {
        name: 'poisoned',
        title: 'with it',
        start,
        poisoned: 1,
        messages: changeMessages({ events: EVENTS, bytes: BYTES, format: 'bson', poison: POISONED }),
      },
    ],
    settings: { events: EVENTS, bytes: BYTES },
  }),
  run: ({ bench, contender, ...run }) => {
    const wanted = EVENTS - (contender.poisoned ?? 0);
    const use = (counting) => ratesAround({ ...counting, wanted });
    return consumerRun({ bench, contender, ...run, messages: contender.messages, use });
  },
};

async function ratesAround({ log, wanted, ...counting }) {
  await reached((count) => count >= wanted, counting);
  const at = [...readEventLog(log).values()];
  const perSecond = (from, to) => (to - from) / ((at[to] - at[from]) / 1000);
  return { beforePerSecond: perSecond(WARM, POISONED), afterPerSecond: perSecond(POISONED, wanted - 1) };
}
