import { fileURLToPath } from 'node:url';
import { consumerProgram } from './program.mjs';
import { startSluiceConsumer } from './sluice.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

export const ceilingConsumer = {
  name: 'ceiling',
  title: 'amqplib, multi-ack, BSON.deserialize',
  format: 'bson',
  start: consumerProgram(here('./ceiling.mjs')),
};

/** Who empties the queue; `format` is that of the messages it finds there. */
export const CONSUMERS = [
  ceilingConsumer,
  { name: 'sluice-bson', title: 'Sluice, application/bson', format: 'bson', start: startSluiceConsumer('single') },
  { name: 'sluice-json', title: 'Sluice, JSON (default)', format: 'json', start: startSluiceConsumer('single') },
  { name: 'sluice-batch', title: 'Sluice, BSON, @OnBatch', format: 'bson', start: startSluiceConsumer('batch') },
  { name: 'sluice-once', title: 'Sluice, BSON, once', format: 'bson', start: startSluiceConsumer('once') },
  {
    name: 'nest-stock',
    title: 'Nest microservice, JSON',
    format: 'json',
    start: consumerProgram(here('./nest-stock.mjs')),
  },
];

/** Both keep a copy of the collection; what one takes from the queue the other takes too. */
export const MIRRORS = [
  {
    name: 'bulk-write',
    title: 'amqplib → bulkWrite of 100 upserts → multi-ack',
    format: 'bson',
    isCountedByQueue: true,
    start: consumerProgram(here('./bulk-write.mjs')),
  },
  {
    name: 'bulk-insert',
    title: 'the same with inserts',
    format: 'bson',
    isCountedByQueue: true,
    start: consumerProgram(here('./bulk-write.mjs'), { BENCH_WRITE: 'insert' }),
  },
  {
    name: 'sluice-mirror',
    title: 'Sluice, MirrorProjection',
    format: 'bson',
    isCountedByQueue: true,
    start: startSluiceConsumer('mirror'),
  },
];
