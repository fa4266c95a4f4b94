import { fileURLToPath } from 'node:url';
import { environmentWith } from '../../scripts/lib/environment.mjs';
import { Contender } from '../lib/contender.mjs';
import { startSluiceProducer } from './sluice.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Who carries the section into the queue. `python` is the interpreter with pymongo and pika, where there is one. */
export function producerContenders({ python }) {
  return [
    { name: 'ceiling', title: 'raw cursor → raw BSON → confirms', start: program([here('./ceiling.mjs')]) },
    { name: 'sluice-bson', title: 'Sluice, application/bson', start: startSluiceProducer('bson') },
    { name: 'sluice-json', title: 'Sluice, JSON (default)', start: startSluiceProducer('json') },
    { name: 'change-stream', title: 'ChangeStream + JSON.stringify', start: program([here('./change-stream.mjs')]) },
    { name: 'nest-emit', title: 'Nest ClientRMQ.emit', start: program([here('./nest-emit.mjs')]) },
    python.command
      ? {
          name: 'python-tutorial',
          title: 'pymongo watch → pika',
          start: program([here('./tutorial.py')], python.command),
          share: 0.02, // so slow that all of it would take minutes; a rate needs no more
        }
      : { name: 'python-tutorial', title: 'pymongo watch → pika', skipped: python.reason },
  ];
}

/** A program that is told everything by its environment, publishes to the queue, and runs until it is stopped. */
function program(args, command) {
  return ({ name, slot, servers, section, queue }) => {
    const env = environmentWith({
      BENCH_MONGODB: servers.mongodb.uri,
      BENCH_RABBITMQ: servers.rabbitmq.uri,
      BENCH_DATABASE: section.database,
      BENCH_START: JSON.stringify(section.start),
      BENCH_QUEUE: queue.name,
    });
    const contender = Contender.start({ slot, name, args, env, ...(command ? { command } : {}) });
    return { contender, end: () => contender.stop() };
  };
}
