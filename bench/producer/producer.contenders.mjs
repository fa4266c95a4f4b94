import { fileURLToPath } from 'node:url';
import { debeziumContender } from './debezium.contender.mjs';
import { producerProgram } from './program.mjs';
import { benchPython } from './python.mjs';
import { startSluiceProducer } from './sluice.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

export const ceilingProducer = {
  name: 'ceiling',
  title: 'raw cursor → raw BSON → confirms',
  start: producerProgram([here('./ceiling.mjs')]),
};

/** Who carries the section into the queue. */
export async function producerContenders({ bench, say }) {
  return [
    ceilingProducer,
    { name: 'sluice-bson', title: 'Sluice, application/bson', start: startSluiceProducer('bson') },
    { name: 'sluice-json', title: 'Sluice, JSON (default)', start: startSluiceProducer('json') },
    {
      name: 'change-stream',
      title: 'ChangeStream + JSON.stringify',
      start: producerProgram([here('./change-stream.mjs')]),
    },
    { name: 'nest-emit', title: 'Nest ClientRMQ.emit', start: producerProgram([here('./nest-emit.mjs')]) },
    ...(await foreignContenders({ bench, say })),
  ];
}

/** Those without Node, which are the same under each version of it. */
async function foreignContenders({ bench, say }) {
  const names = [
    { name: 'python-tutorial', title: 'pymongo watch → pika', contender: tutorial },
    { name: 'debezium', title: 'Debezium Server, RabbitMQ sink', contender: debeziumContender },
  ];
  const skipped = bench.asked.node === undefined ? undefined : 'has no Node in it; see the other version';
  const found = [];
  for (const { name, title, contender } of names)
    found.push({ name, title, ...(skipped === undefined ? await contender({ bench, say }) : { skipped }) });
  return found;
}

async function tutorial({ bench, say }) {
  const python = await benchPython({ say, signal: bench.signal });
  if (python.command === undefined) return { skipped: python.reason };
  return { start: producerProgram([here('./tutorial.py')], python.command) };
}
