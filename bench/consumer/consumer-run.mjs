import { BenchQueue } from '../lib/bench-queue.mjs';
import { measuredRun } from '../lib/measure.mjs';

export const GROUP = 'bench';

/**
 * One run of one contender: it finds a full queue, and empties it. `use` gets what runs and how many are done by the
 * broker's count, and answers the figures; unless given, those of throughput.
 */
export async function consumerRun({
  bench,
  contender,
  messages,
  partitions = 1,
  round,
  log,
  progress,
  use = throughput,
}) {
  const exchange = `bench-consumer-${contender.name}-${round}.events`;
  const queue = await BenchQueue.ofGroup(bench.servers.rabbitmq.uri, { exchange, group: GROUP, partitions });
  try {
    await queue.fill(messages);
    const { name } = contender;
    const running = await contender.start({ bench, name, queue, exchange, group: GROUP, partitions, log });
    try {
      const total = messages.length;
      const done = async () => total - (await queue.depth());
      const onDone = (count) => progress(count, total);
      return await use({ bench, total, done, onDone, processes: [running.contender], signal: bench.signal });
    } finally {
      await running.end();
    }
  } finally {
    await queue.delete();
  }
}

function throughput({ bench, ...counting }) {
  return measuredRun({ ...counting, limitMs: bench.asked.seconds * 1000 });
}
