import { changeMessages } from '../consumer/messages.mjs';
import { GROUP } from '../consumer/consumer-run.mjs';
import { PREFETCH } from '../consumer/program.mjs';
import { startSluiceConsumer } from '../consumer/sluice.mjs';
import { BenchQueue } from '../lib/bench-queue.mjs';
import { reached } from '../lib/measure.mjs';
import { pause } from '../lib/pause.mjs';
import { COLLECTION, dropDatabase, operationTime, untouchedDatabase, writeSection } from '../lib/section.mjs';
import { startSluiceProducer } from '../producer/sluice.mjs';

const BYTES = 600;
const MEGABYTE = 2 ** 20;
/** `windowBytes` as it is unless set, and what a consumer may hold unacknowledged. */
const WINDOW_MEGABYTES = { producer: 32, consumer: (PREFETCH * BYTES * 2) / MEGABYTE };
const IDLE_MS = 1_500;
/** A blocked producer holds its whole window by then. */
const BLOCKED_MS = 4_000;

/** The most that each app has resident while it works off a backlog, with and without a broker that blocks. */
export const memoryScenario = {
  name: 'memory',
  isFullOnly: true,
  title: 'Memory behind a backlog',
  about:
    'Resident memory of each app: idle, at its highest, and what of that is above idle and the window in bytes (target: at most 64 MB).',
  columns: [
    { key: 'idleMegabytes', title: 'idle MB', digits: 0 },
    { key: 'peakMegabytes', title: 'peak MB', digits: 0 },
    { key: 'windowMegabytes', title: 'window MB', digits: 1 },
    { key: 'overMegabytes', title: 'above both MB', digits: 0, better: 'less' },
  ],
  chart: { kind: 'bars', column: 'peakMegabytes' },
  prepare: ({ bench }) => {
    const { events } = bench.asked;
    const skipped = bench.servers.rabbitmq.block ? undefined : 'this broker cannot be made to block';
    const messages = changeMessages({ events, bytes: BYTES, format: 'json' });
    const contenders = [
      { name: 'producer', title: 'cdc-producer', measure: producerMemory },
      {
        name: 'producer-blocked',
        title: 'cdc-producer, broker blocked',
        measure: producerMemory,
        isBlocked: true,
        skipped,
      },
      { name: 'consumer', title: 'cdc-consumer', measure: consumerMemory },
      {
        name: 'consumer-blocked',
        title: 'cdc-consumer, broker blocked',
        measure: consumerMemory,
        isBlocked: true,
        skipped,
      },
    ];
    return { contenders, messages, settings: { events, bytes: BYTES } };
  },
  run: ({ contender, ...run }) => contender.measure({ ...run, name: contender.name, isBlocked: contender.isBlocked }),
};

/** Idle, then a backlog, which a blocked one is not to read. */
async function producerMemory({ bench, prepared, name, isBlocked, round, progress }) {
  const { servers, signal } = bench;
  const { events } = prepared.settings;
  const { uri } = servers.mongodb;
  const queue = await BenchQueue.declare(servers.rabbitmq.uri, `bench-memory-${name}-${round}`);
  const database = untouchedDatabase();
  const start = await operationTime({ uri, database });
  const app = await startSluiceProducer('json')({
    bench,
    name,
    section: { database, collection: COLLECTION, start },
    queue,
  });
  const processes = [app.contender];
  try {
    const idle = await idleMegabytes(app, signal);
    if (isBlocked) await servers.rabbitmq.block();
    await writeSection({ bench, database, events, bytes: BYTES });
    const waiting = { done: () => queue.depth(), processes, signal, onDone: (done) => progress(done, events) };
    if (isBlocked) await pause(BLOCKED_MS, AbortSignal.any([signal, app.contender.signal]));
    else await reached((count) => count >= events, waiting);
    return figures(idle, app, WINDOW_MEGABYTES.producer);
  } finally {
    if (isBlocked) await servers.rabbitmq.unblock();
    await app.end();
    await dropDatabase({ uri, database });
    await queue.delete();
  }
}

/** One that finds nothing tells what idle is; the next one finds a full queue. */
async function consumerMemory({ bench, prepared, name, isBlocked, round, progress }) {
  const { servers, signal } = bench;
  const { messages } = prepared;
  const exchange = `bench-memory-${name}-${round}.events`;
  const queue = await BenchQueue.ofGroup(servers.rabbitmq.uri, { exchange, group: GROUP, partitions: 1 });
  const start = () => startSluiceConsumer('single')({ bench, name, exchange, group: GROUP });
  try {
    const first = await start();
    const idle = await idleMegabytes(first, signal).finally(() => first.end());
    await queue.fill(messages);
    const app = await start();
    try {
      await app.ready();
      if (isBlocked) await servers.rabbitmq.block();
      const done = async () => messages.length - (await queue.depth());
      const onDone = (count) => progress(count, messages.length);
      await reached((count) => count >= messages.length, { done, onDone, processes: [app.contender], signal });
      return figures(idle, app, WINDOW_MEGABYTES.consumer);
    } finally {
      if (isBlocked) await servers.rabbitmq.unblock();
      await app.end();
    }
  } finally {
    await queue.delete();
  }
}

async function idleMegabytes(app, signal) {
  await app.ready();
  await pause(IDLE_MS, signal);
  return app.contender.memory().now;
}

function figures(idleMegabytes, app, windowMegabytes) {
  const peakMegabytes = app.contender.memory().peak;
  const overMegabytes = peakMegabytes - idleMegabytes - windowMegabytes;
  return { idleMegabytes, peakMegabytes, windowMegabytes, overMegabytes };
}
