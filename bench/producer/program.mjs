import { Contender } from '../lib/contender.mjs';

/** A program that is told everything by its environment, publishes to the queue, and runs until it is stopped. */
export function producerProgram(args, command) {
  return async ({ bench, name, section, queue }) => {
    const env = {
      BENCH_MONGODB: bench.servers.mongodb.uri,
      BENCH_RABBITMQ: bench.servers.rabbitmq.uri,
      BENCH_DATABASE: section.database,
      BENCH_START: JSON.stringify(section.start),
      BENCH_QUEUE: queue.name,
    };
    const contender = Contender.start({ bench, name, args, env, ...(command ? { command } : {}) });
    return { contender, end: () => contender.stop() };
  };
}
