import { fileURLToPath } from 'node:url';
import { environmentWith } from '../../scripts/lib/environment.mjs';
import { Contender } from '../lib/contender.mjs';
import { startSluiceConsumer } from './sluice.mjs';

/** Unacknowledged messages; what cdc-consumer has by default. */
export const PREFETCH = 200;

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Who empties the queue; `format` is that of the messages it finds there. */
export function consumerContenders() {
  return [
    { name: 'ceiling', title: 'amqplib, multi-ack, BSON.deserialize', format: 'bson', start: program('./ceiling.mjs') },
    { name: 'sluice-bson', title: 'Sluice, application/bson', format: 'bson', start: startSluiceConsumer('single') },
    { name: 'sluice-json', title: 'Sluice, JSON (default)', format: 'json', start: startSluiceConsumer('single') },
    { name: 'sluice-batch', title: 'Sluice, BSON, @OnBatch', format: 'bson', start: startSluiceConsumer('batch') },
    { name: 'nest-stock', title: 'Nest microservice, JSON', format: 'json', start: program('./nest-stock.mjs') },
  ];
}

function program(file) {
  return ({ name, slot, servers, queue }) => {
    const env = environmentWith({
      BENCH_RABBITMQ: servers.rabbitmq.uri,
      BENCH_QUEUE: queue,
      BENCH_PREFETCH: String(PREFETCH),
    });
    const contender = Contender.start({ slot, name, args: [here(file)], env });
    return { contender, end: () => contender.stop() };
  };
}
