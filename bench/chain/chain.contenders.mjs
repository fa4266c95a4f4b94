import { fileURLToPath } from 'node:url';
import { ceilingConsumer } from '../consumer/consumer.contenders.mjs';
import { GROUP } from '../consumer/consumer-run.mjs';
import { consumerProgram } from '../consumer/program.mjs';
import { startSluiceConsumer } from '../consumer/sluice.mjs';
import { BenchQueue } from '../lib/bench-queue.mjs';
import { ceilingProducer, PLAIN_PRODUCERS } from '../producer/producer.contenders.mjs';
import { startProducerApp, startSluiceProducer } from '../producer/sluice.mjs';

const startObserver = consumerProgram(fileURLToPath(new URL('./observer.mjs', import.meta.url)));

/**
 * From MongoDB to a handler. `start` answers the running chain; `startToQueue` ends it at the queue, where an observer
 * notes when each message is there.
 */
export const CHAINS = [
  {
    name: 'ceiling',
    title: 'both ceilings, chained',
    start: (context) => startPrograms({ ...context, startConsumer: ceilingConsumer.start }),
    startToQueue: (context) => startPrograms({ ...context, startConsumer: startObserver }),
  },
  chainOfSluice('bson', 'Sluice, application/bson'),
  chainOfSluice('json', 'Sluice, JSON (default)'),
];

/** The plain ways, which have no consumer of their own: as far as the queue. */
export const WAYS_TO_A_QUEUE = PLAIN_PRODUCERS.map(({ name, title, start: startProducer }) => ({
  name,
  title,
  startToQueue: (context) => startPrograms({ ...context, startProducer, startConsumer: startObserver }),
}));

function chainOfSluice(format, title) {
  const startProducer = startSluiceProducer(format);
  return {
    name: `sluice-${format}`,
    title,
    start: (context) => startApps({ ...context, format }),
    startToQueue: (context) => startPrograms({ ...context, startProducer, startConsumer: startObserver }),
  };
}

/** Two programs, or one of our apps and a program, at a queue. */
async function startPrograms({ bench, name, section, log, startConsumer, startProducer = ceilingProducer.start }) {
  const queue = await BenchQueue.declare(bench.servers.rabbitmq.uri, name);
  const consumer = await startConsumer({ bench, name: `${name}-consumer`, queue, log });
  const producer = await startProducer({ bench, name: `${name}-producer`, section, queue });
  await producer.ready?.();
  return chainOf({ producer, consumer, queue });
}

/** Both apps as processes; the consumer first, so that its group is there for the first event. */
async function startApps({ bench, name, section, log, format }) {
  const exchange = `${name}.events`;
  const queue = await BenchQueue.ofGroup(bench.servers.rabbitmq.uri, { exchange, group: GROUP, partitions: 1 });
  const consumer = await startSluiceConsumer('single')({ bench, name, exchange, group: GROUP, log });
  await consumer.ready();
  const streams = [{ name: 'bench', format, scope: { database: section.database, collection: section.collection } }];
  const producer = await startProducerApp({ bench, name, exchange, streams, start: section.start });
  await producer.ready();
  return chainOf({ producer, consumer, queue });
}

function chainOf({ producer, consumer, queue }) {
  return {
    processes: [producer.contender, consumer.contender],
    end: async () => {
      await producer.end();
      await consumer.end();
      await queue.delete();
    },
  };
}
