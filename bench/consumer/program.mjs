import { Contender } from '../lib/contender.mjs';

/** Unacknowledged messages; what cdc-consumer has by default. */
export const PREFETCH = 200;

/** A program that reads the queue until it is stopped. */
export function consumerProgram(file, extra = {}) {
  return async ({ bench, name, queue, log }) => {
    const env = {
      BENCH_RABBITMQ: bench.servers.rabbitmq.uri,
      BENCH_MONGODB: bench.servers.mongodb.uri,
      BENCH_QUEUE: queue.name,
      BENCH_PREFETCH: String(PREFETCH),
      ...(log === undefined ? {} : { BENCH_LOG: log }),
      ...extra,
    };
    const contender = Contender.start({ bench, name, args: [file], env });
    return { contender, end: () => contender.stop() };
  };
}
