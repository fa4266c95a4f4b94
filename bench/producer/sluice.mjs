import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startSluiceApp, stateDatabaseOf } from '../lib/sluice-app.mjs';

/** cdc-producer as it is deployed, publishing into one queue through an exchange of its own. */
export function startSluiceProducer(
  format,
  { nodeFlags, env, streamsOf = ({ database, collection }) => [{ scope: { database, collection } }] } = {},
) {
  return async ({ bench, name, section, queue }) => {
    const exchange = `${queue.name}.events`;
    await queue.bindTo(exchange);
    await registerGroup({ bench, exchange, queue: queue.name });
    const streams = streamsOf(section).map((stream, index) => ({ name: `bench-${index}`, format, ...stream }));
    return startProducerApp({ bench, name, exchange, streams, start: section.start, nodeFlags, env });
  };
}

/** The app with these streams, which begin at the cluster time `start`, or now. */
export async function startProducerApp({ bench, name, exchange, streams, start, nodeFlags, env = {} }) {
  const config = join(bench.slot.dir, `${exchange}.json`);
  const startAt = start === undefined ? 'now' : new Date(start.t * 1000).toISOString();
  writeFileSync(config, JSON.stringify({ streams: streams.map((stream) => ({ startAt, ...stream })) }));
  return startSluiceApp({
    bench,
    app: 'cdc-producer',
    name,
    exchange,
    env: { SLUICE_CONFIG: config, ...env },
    nodeFlags,
  });
}

/** A group that asks for everything, as the consumer's registration would stand in the state database. */
async function registerGroup({ bench, exchange, queue }) {
  const client = await MongoClient.connect(bench.servers.mongodb.uri);
  await client
    .db(stateDatabaseOf(exchange))
    .collection('groups')
    .insertOne({
      _id: 'bench',
      state: 'bound',
      joiningSince: new Date(),
      partitions: 1,
      generation: 1,
      patterns: ['#'],
      retired: [],
      queues: [queue],
      members: [],
      paused: false,
      revision: 1,
      deployment: null,
    });
  await client.close();
}
