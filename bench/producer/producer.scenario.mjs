import { BenchQueue } from '../lib/bench-queue.mjs';

/** Where measuring begins, as a share of the section: start-up, first connections and the window of one are over then. */
const WARM = 0.1;

/**
 * One run of one contender: it reads the section from its beginning into a fresh queue. Measured between the first tenth
 * and the end, by the broker's count: events a second, CPU of the contender's process per event, and its peak memory.
 */
export async function producerRun({ contender, slot, servers, section, round, signal, progress }) {
  const queue = await BenchQueue.declare(servers.rabbitmq.uri, `bench-${contender.name}-${section.bytes}-${round}`);
  const wanted = Math.floor(section.events * (contender.share ?? 1));
  const running = await contender.start({ name: contender.name, slot, servers, section, queue });
  const { contender: process } = running;
  const waiting = { signal: AbortSignal.any([signal, process.signal]), onDepth: (depth) => progress(depth, wanted) };
  try {
    const from = await sample(queue, process, (depth) => depth >= wanted * WARM, waiting);
    const to = await sample(queue, process, (depth) => depth >= wanted, waiting);
    const events = to.depth - from.depth;
    return {
      eventsPerSecond: events / ((to.at - from.at) / 1000),
      cpuMicrosecondsPerEvent: (to.cpu - from.cpu) / events,
      peakMegabytes: process.peakMegabytes(),
      messages: to.depth,
    };
  } finally {
    await running.end();
    await queue.delete(running.exchange);
  }
}

async function sample(queue, process, fits, waiting) {
  const depth = await queue.until(fits, waiting);
  return { depth, at: performance.now(), cpu: process.cpuMicroseconds() };
}
