import { BenchQueue } from '../lib/bench-queue.mjs';
import { measuredRun } from '../lib/measure.mjs';

/**
 * One run of one contender: it reads the section from its beginning into a fresh queue, by the broker's count. One with
 * `patience` is measured so many times longer.
 */
export async function producerRun({ bench, contender, section, round, progress, isToTheEnd = false, onMeasured }) {
  const limitMs = isToTheEnd ? Infinity : bench.asked.seconds * 1000 * (contender.patience ?? 1);
  const name = `bench-${contender.name}-${section.database}-${round}`;
  const queue = await BenchQueue.declare(bench.servers.rabbitmq.uri, name);
  try {
    const running = await contender.start({ bench, name: contender.name, section, queue });
    try {
      return await measuredRun({
        total: section.events,
        limitMs,
        processes: [running.contender],
        servers: bench.servers,
        done: () => queue.depth(),
        signal: bench.signal,
        onMeasured,
        onDone: (depth) => progress(depth, section.events),
      });
    } finally {
      await running.end();
    }
  } finally {
    await queue.delete();
  }
}
