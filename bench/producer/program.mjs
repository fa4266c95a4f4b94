import { Contender } from '../lib/contender.mjs';

/** A program that is told everything by its environment, publishes to the queue, and runs until it is stopped. */
export function producerProgram(args, { command, isRouted = false } = {}) {
  return async ({ bench, name, section, queue }) => {
    const exchange = `${queue.name}.events`;
    if (isRouted) await queue.bindTo(exchange);
    const env = {
      ...(isRouted && { BENCH_EXCHANGE: exchange, BENCH_ROUTING_KEY: `07.insert.${section.database}.documents` }),
      BENCH_MONGODB: bench.servers.mongodb.uri,
      BENCH_RABBITMQ: bench.servers.rabbitmq.uri,
      BENCH_DATABASE: section.database,
      BENCH_COLLECTION: section.collection,
      BENCH_START: JSON.stringify(section.start),
      BENCH_QUEUE: queue.name,
    };
    const contender = Contender.start({ bench, name, args, env, ...(command ? { command } : {}) });
    return { contender, end: () => contender.stop() };
  };
}
