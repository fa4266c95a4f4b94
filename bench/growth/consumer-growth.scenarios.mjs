import { consumerRun } from '../consumer/consumer-run.mjs';
import { changeMessages } from '../consumer/messages.mjs';
import { PREFETCH } from '../consumer/program.mjs';
import { startSluiceConsumer } from '../consumer/sluice.mjs';
import { growthRow, growthScenario, valuesOf } from './growth.scenario.mjs';

const BYTES = 600;
const SHARE = 0.3;

const PARTITIONS = { full: [1, 4, 16], quick: [1, 16] };

export const partitionsGrowth = growthScenario({
  of: 'partitions',
  title: 'Growing partitions',
  about: 'A full group is emptied by one consumer that has all its partitions.',
  values: PARTITIONS,
  prepare: ({ bench }) => {
    const events = Math.floor(bench.asked.events * SHARE);
    const contenders = valuesOf({ bench, values: PARTITIONS }).map((partitions) =>
      growthRow({
        value: partitions,
        unit: 'partition',
        partitions,
        messages: changeMessages({ events, bytes: BYTES, format: 'json', partitions }),
        start: startSluiceConsumer('single'),
      }),
    );
    return { contenders, settings: { events, bytes: BYTES } };
  },
  run: ({ contender, ...run }) =>
    consumerRun({ ...run, contender, messages: contender.messages, partitions: contender.partitions }),
});

const LANES = { full: [1, 10, 100, 1_000], quick: [1, 1_000] };

export const lanesGrowth = growthScenario({
  of: 'lanes',
  title: 'Growing lanes',
  about: 'The same number of events of ever more documents, each of which has a lane of its own; all may run at once.',
  values: LANES,
  prepare: ({ bench }) => {
    const events = Math.floor(bench.asked.events * SHARE);
    const contenders = valuesOf({ bench, values: LANES }).map((documents) => {
      const env = { CONCURRENCY: String(documents), PREFETCH: String(Math.max(PREFETCH, 2 * documents)) };
      return growthRow({
        value: documents,
        unit: 'lane',
        messages: changeMessages({ events, bytes: BYTES, format: 'json', documents }),
        start: startSluiceConsumer('single', { env }),
      });
    });
    return { contenders, settings: { events, bytes: BYTES } };
  },
  run: ({ contender, ...run }) => consumerRun({ ...run, contender, messages: contender.messages }),
});
