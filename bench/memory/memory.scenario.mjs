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
const LARGE_BYTES = 50_000;
/** Of large documents, a share that is about as much data. */
const LARGE_SHARE = 0.04;
const MEGABYTE = 2 ** 20;
/** `windowBytes` and `windowSize` as they are unless set, and what a consumer may hold unacknowledged. */
const WINDOW = { megabytes: 32, events: 1_000 };
/** Of a message to its document: the envelope. */
const ENVELOPE_BYTES = 600;
const windowMegabytes = {
  producer: (bytes) => Math.min(WINDOW.megabytes, (WINDOW.events * (bytes + ENVELOPE_BYTES)) / MEGABYTE),
  consumer: (bytes) => (PREFETCH * (bytes + ENVELOPE_BYTES)) / MEGABYTE,
};
const IDLE_MS = 1_500;
/** A blocked producer holds its whole window by then. */
const BLOCKED_MS = 4_000;

/** The most that each app has resident while it works off a backlog; where the broker blocks, also of what comes after. */
export const memoryScenario = {
  name: 'memory',
  isFullOnly: true,
  isToTheEnd: true,
  title: 'Memory behind a backlog',
  about:
    'Resident memory of each app: idle, at its highest, and what of that is above idle and the bytes that its window may hold (target: at most 64 MB in every round). A broker that blocks does so with the whole backlog before it, and takes it all in the end.',
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
    const large = { events: Math.floor(events * LARGE_SHARE), bytes: LARGE_BYTES };
    const small = { events, bytes: BYTES };
    const contenders = [
      { name: 'producer', title: 'cdc-producer', measure: producerMemory, ...small },
      {
        name: 'producer-blocked',
        title: 'cdc-producer, broker blocked',
        measure: producerMemory,
        ...small,
        isBlocked: true,
        skipped,
      },
      { name: 'producer-large', title: 'cdc-producer, 50 KB documents', measure: producerMemory, ...large },
      { name: 'consumer', title: 'cdc-consumer', measure: consumerMemory, ...small },
      {
        name: 'consumer-blocked',
        title: 'cdc-consumer, broker blocked',
        measure: consumerMemory,
        ...small,
        isBlocked: true,
        skipped,
      },
      { name: 'consumer-large', title: 'cdc-consumer, 50 KB documents', measure: consumerMemory, ...large },
    ];
    return { contenders, settings: { events, bytes: BYTES } };
  },
  run: ({ bench, contender, round, progress }) => contender.measure({ bench, ...contender, round, progress }),
};

/** Idle, then a backlog, which a blocked one is not to read before it may. */
async function producerMemory({ bench, name, events, bytes, isBlocked, round, progress }) {
  const { servers, signal } = bench;
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
    await writeSection({ bench, database, events, bytes });
    if (isBlocked) {
      await pause(BLOCKED_MS, AbortSignal.any([signal, app.contender.signal]));
      await servers.rabbitmq.unblock();
    }
    const waiting = { done: () => queue.depth(), processes, signal, onDone: (done) => progress(done, events) };
    await reached((count) => count >= events, waiting);
    return figures(idle, app, windowMegabytes.producer(bytes));
  } finally {
    if (isBlocked) await servers.rabbitmq.unblock(); // once more, where it did not come so far
    await app.end();
    await dropDatabase({ uri, database });
    await queue.delete();
  }
}

/** One that finds nothing tells what idle is; the next one finds a full queue. */
async function consumerMemory({ bench, name, events, bytes, isBlocked, round, progress }) {
  const { servers, signal } = bench;
  const messages = changeMessages({ events, bytes, format: 'json' });
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
      return figures(idle, app, windowMegabytes.consumer(bytes));
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

function figures(idle, app, window) {
  const { peak } = app.contender.memory();
  return { idleMegabytes: idle, peakMegabytes: peak, windowMegabytes: window, overMegabytes: peak - idle - window };
}
