import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contender } from '../lib/contender.mjs';
import { loggedEvents, readEventPairs } from '../lib/event-log.mjs';
import { reached } from '../lib/measure.mjs';
import { nowMs } from '../lib/clock.mjs';
import { pause } from '../lib/pause.mjs';
import { TOKEN } from '../lib/sluice-app.mjs';
import { distribution } from '../lib/statistics.mjs';
import { PacedPublisher } from './paced-publisher.mjs';

const CLIENTS = fileURLToPath(new URL('./clients.mjs', import.meta.url));
/** Before memory is looked at, and before what is measured begins: code is compiled, garbage is gone. */
const SETTLE_MS = 2_000;
const KILOBYTES = 1_024;

/** One run of one contender: connects everybody, publishes at the load's pace, and answers what came and what it cost. */
export async function realtimeRun({ bench, contender: pusher, connections, bytes, round, progress }) {
  const name = `bench-realtime-${pusher.name}-${round}`;
  const exchange = `${name}.events`;
  const running = await pusher.start({ bench, name, exchange, connections });
  try {
    await running.ready();
    await pause(SETTLE_MS, bench.signal);
    const idle = running.contender.memory().now;
    const clients = startClients({ bench, name, pusher, running, connections });
    try {
      const processes = [running.contender, clients.contender];
      await reached((count) => count >= clients.total, { done: clients.connected, processes, signal: bench.signal });
      await pause(SETTLE_MS, bench.signal);
      const connectionKilobytes = ((running.contender.memory().now - idle) * KILOBYTES) / connections;
      const measured = await underLoad({ bench, exchange, bytes, running, clients, progress });
      return { ...measured, connectionKilobytes };
    } finally {
      await clients.contender.stop();
    }
  } finally {
    await running.end();
  }
}

function startClients({ bench, name, pusher, running, connections }) {
  const [log, ready] = ['events', 'ready'].map((what) => join(bench.slot.dir, `${name}.${what}`));
  for (const file of [log, ready]) rmSync(file, { force: true });
  const env = {
    BENCH_URL: running.url,
    BENCH_TOKEN: TOKEN,
    BENCH_CONNECTIONS: String(connections),
    BENCH_STUCK: pusher.hasStuckClient ? '1' : '0',
    BENCH_READY: ready,
    BENCH_LOG: log,
  };
  const contender = Contender.start({
    bench,
    name: `${name}-clients`,
    command: process.execPath,
    args: [CLIENTS],
    env,
  });
  const total = connections + (pusher.hasStuckClient ? 1 : 0);
  return { contender, log, total, connected: () => loggedEvents(ready) };
}

/** Figures of what was published between the warm-up and the end. */
async function underLoad({ bench, exchange, bytes, running, clients, progress }) {
  const ms = bench.asked.seconds * 1_000;
  const publisher = await PacedPublisher.open(bench.servers.rabbitmq.uri, exchange);
  const stop = AbortSignal.any([bench.signal, running.contender.signal, clients.contender.signal]);
  try {
    publisher.start(bytes);
    await pause(SETTLE_MS, stop);
    const from = moment(running, clients);
    while (nowMs() - from.at < ms) {
      await pause(Math.min(200, ms), stop);
      progress(nowMs() - from.at, ms);
    }
    const to = moment(running, clients);
    const deliveries = to.count - from.count;
    return {
      messagesPerSecond: deliveries / ((to.at - from.at) / 1_000),
      ...latencies(clients.log, from.at, to.at),
      cpuMicrosecondsPerMessage: (to.cpu - from.cpu) / deliveries,
    };
  } finally {
    await publisher.close();
  }
}

function moment(running, clients) {
  return { at: nowMs(), count: loggedEvents(clients.log), cpu: running.contender.cpuMicroseconds() };
}

function latencies(log, from, to) {
  const values = readEventPairs(log)
    .filter(([published]) => published >= from && published < to)
    .map(([published, at]) => at - published);
  const { p50, p99 } = distribution(values);
  return { p50, p99 };
}
