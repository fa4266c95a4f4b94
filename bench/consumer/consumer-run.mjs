import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchQueue } from '../lib/bench-queue.mjs';
import { loggedEvents } from '../lib/event-log.mjs';
import { measuredRun } from '../lib/measure.mjs';

export const GROUP = 'bench';

/**
 * One run of one contender: it finds a full queue, and empties it. Counted are the events that its handler has noted, or
 * what has left the queue where the handler is not the bench's own (`isCountedByQueue`). `use` gets what runs and how
 * many are done, and answers the figures; unless given, those of throughput.
 */
export async function consumerRun({
  bench,
  contender,
  messages,
  partitions = 1,
  round,
  progress,
  use = throughput,
  onMeasured,
}) {
  const { name, isCountedByQueue = false } = contender;
  const exchange = `bench-consumer-${name}-${round}.events`;
  const log = join(bench.slot.dir, `${exchange}.log`);
  rmSync(log, { force: true });
  const queue = await BenchQueue.ofGroup(bench.servers.rabbitmq.uri, { exchange, group: GROUP, partitions });
  try {
    await queue.fill(messages);
    const running = await contender.start({ bench, name, queue, exchange, group: GROUP, partitions, log });
    try {
      const total = messages.length;
      const done = isCountedByQueue ? async () => total - (await queue.depth()) : () => loggedEvents(log);
      const onDone = (count) => progress(count, total);
      return await use({
        bench,
        log,
        total,
        done,
        onDone,
        processes: [running.contender],
        signal: bench.signal,
        onMeasured,
      });
    } finally {
      await running.end();
    }
  } finally {
    await queue.delete();
  }
}

function throughput({ bench, ...counting }) {
  return measuredRun({ ...counting, servers: bench.servers, limitMs: bench.asked.seconds * 1000 });
}
