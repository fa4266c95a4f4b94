import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { Contender } from '../lib/contender.mjs';
import { loggedEvents, readEventLog } from '../lib/event-log.mjs';
import { measuredRun, reached } from '../lib/measure.mjs';
import { anOrder } from '../lib/order.mjs';
import { COLLECTION, dropDatabase, operationTime, untouchedDatabase } from '../lib/section.mjs';
import { fileURLToPath } from 'node:url';

const WRITER = fileURLToPath(new URL('./paced-writer.mjs', import.meta.url));
/** Orders that go through a chain before its load begins, so that a stream which is still opening does not count. */
const PROBES = 20;
const PROBE_BYTES = 600;
/** Seconds of the load that are not counted: code is compiled, connections find their pace. */
const WARM_SECONDS = 6;

/** A backlog from MongoDB to handlers, as fast as it goes. */
export async function drainedChain({ bench, chain, section, round, progress }) {
  const { name, log } = placeOf(bench, chain, round);
  const running = await chain.start({ bench, name, section, log });
  try {
    return await measuredRun({
      total: section.events,
      limitMs: bench.asked.seconds * 1000,
      processes: running.processes,
      servers: bench.servers,
      done: () => loggedEvents(log),
      signal: bench.signal,
      onDone: (done) => progress(done, section.events),
    });
  } finally {
    await running.end();
  }
}

/**
 * A load of `rate` events a second, with the chain that `start` starts. Answers by event, behind the warm-up, the
 * milliseconds from the acknowledged write to where the chain ends; and how many events a second were written, and came
 * there since the first of them was written: a chain that lags behind is not fast because it catches up.
 */
export async function pacedChain({ bench, chain, start, rate, bytes, round, progress }) {
  const { name, log } = placeOf(bench, chain, round);
  const written = `${log}.written`;
  rmSync(written, { force: true });
  const { uri } = bench.servers.mongodb;
  const database = untouchedDatabase();
  const section = { database, collection: COLLECTION, start: await operationTime({ uri, database }) };
  const running = await start({ bench, name, section, log });
  const alive = { bench, uri, database, log, processes: running.processes };
  const probes = await untilAlive(alive).catch(async (error) => {
    await running.end();
    throw error;
  });
  const events = Math.floor(rate * (WARM_SECONDS + bench.asked.seconds));
  const env = {
    BENCH_MONGODB: uri,
    BENCH_DATABASE: database,
    BENCH_COLLECTION: COLLECTION,
    BENCH_RATE: String(rate),
    BENCH_EVENTS: String(events),
    BENCH_BYTES: String(bytes),
    BENCH_LOG: written,
  };
  const writer = Contender.start({ bench, name: `${name}-writer`, command: process.execPath, args: [WRITER], env });
  try {
    const onDone = (done) => progress(done, events);
    const done = () => loggedEvents(log) - probes;
    await reached((count) => count >= events, { done, onDone, processes: running.processes, signal: bench.signal });
    // A handler may be ahead of the acknowledgement of the write.
    await reached((count) => count >= events, {
      done: () => loggedEvents(written),
      processes: [],
      signal: bench.signal,
    });
    return latencies({ written: readEventLog(written), seen: readEventLog(log), from: rate * WARM_SECONDS });
  } finally {
    await writer.stop();
    await running.end();
    await dropDatabase({ uri, database });
  }
}

/** Inserts one order after the other until the chain has brought each to its end; answers how many. */
async function untilAlive({ bench, uri, database, log, processes }) {
  const client = await MongoClient.connect(uri);
  const orders = client.db(database).collection(COLLECTION);
  let inserted = 0;
  try {
    const probed = async () => {
      if (loggedEvents(log) === inserted && inserted < PROBES) {
        await orders.insertOne(anOrder(-1, PROBE_BYTES));
        inserted += 1;
      }
      return loggedEvents(log);
    };
    await reached((count) => count >= PROBES, { done: probed, processes, signal: bench.signal });
    return inserted;
  } finally {
    await client.close();
  }
}

function placeOf(bench, chain, round) {
  const name = `bench-chain-${chain.name}-${round}`;
  const log = join(bench.slot.dir, `${name}.events`);
  rmSync(log, { force: true });
  return { name, log };
}

function latencies({ written, seen, from }) {
  const values = [];
  const first = written.get(from);
  let [lastWritten, lastSeen] = [first, first];
  for (const [n, at] of seen) {
    if (n < from) continue;
    values.push(at - written.get(n));
    lastWritten = Math.max(lastWritten, written.get(n));
    lastSeen = Math.max(lastSeen, at);
  }
  const rateUntil = (last) => (values.length - 1) / ((last - first) / 1000);
  return { values, eventsPerSecond: rateUntil(lastSeen), writtenPerSecond: rateUntil(lastWritten) };
}
