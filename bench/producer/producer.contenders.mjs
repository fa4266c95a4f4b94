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

/** What a program does without Sluice. */
export const PLAIN_PRODUCERS = [
  {
    name: 'change-stream',
    title: 'ChangeStream + JSON.stringify',
    start: producerProgram([here('./change-stream.mjs')]),
  },
  { name: 'nest-emit', title: 'Nest ClientRMQ.emit', start: producerProgram([here('./nest-emit.mjs')]) },
];

/** Who carries the section into the queue. */
export async function producerContenders({ bench, say }) {
  return [
    ceilingProducer,
    {
      name: 'ceiling-routed',
      title: 'the same through a topic exchange',
      start: producerProgram([here('./ceiling.mjs')], { isRouted: true }),
    },
    { name: 'sluice-bson', title: 'Sluice, application/bson', start: startSluiceProducer('bson') },
    { name: 'sluice-json', title: 'Sluice, JSON (default)', start: startSluiceProducer('json') },
    ...PLAIN_PRODUCERS,
    ...(await foreignContenders({ bench, say })),
  ];
}

/** Those without Node, which are the same under each version of it. */
async function foreignContenders({ bench, say }) {
  const python = { name: 'python-tutorial', title: 'pymongo watch → pika' };
  const debezium = { name: 'debezium', title: 'Debezium Server, RabbitMQ sink' };
  if (bench.asked.node !== undefined) {
    const skipped = 'has no Node in it; see the other version';
    return [python, debezium].map((contender) => ({ ...contender, skipped }));
  }
  return [
    { ...python, ...(await tutorial({ bench, say })) },
    {
      ...debezium,
      ...(bench.asked.quick ? { skipped: 'not in a quick run' } : await debeziumContender({ bench, say })),
    },
  ];
}

async function tutorial({ bench, say }) {
  const python = await benchPython({ say, signal: bench.signal });
  if (python.command === undefined) return { skipped: python.reason };
  return { start: producerProgram([here('./tutorial.py')], { command: python.command }) };
}
