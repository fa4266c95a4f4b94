import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { reservePort } from '../../scripts/lib/ports.mjs';
import { startSluiceApp } from '../lib/sluice-app.mjs';

/** cdc-producer as it is deployed, on one stream over the section. */
export function startSluiceProducer(format, settings = {}) {
  return async ({ name, slot, servers, section, queue }) => {
    const exchange = `${queue.name}.events`;
    const stateDatabase = `${queue.name}-state`;
    await queue.bindTo(exchange);
    await registerGroup({ uri: servers.mongodb.uri, stateDatabase, queue: queue.name });
    const config = join(slot.dir, `${queue.name}.json`);
    const startAt = new Date(section.start.t * 1000).toISOString();
    const stream = { name: 'bench', scope: { database: section.database }, format, startAt, ...settings };
    writeFileSync(config, JSON.stringify({ streams: [stream] }));
    const env = { SLUICE_CONFIG: config, PRODUCER_HTTP_PORT: String(await reservePort(3200)) };
    const app = { app: 'cdc-producer', name, slot, servers, exchange, stateDatabase, env };
    return { ...startSluiceApp(app), exchange };
  };
}

/** A group that asks for everything, as the consumer's registration would stand in the state database. */
async function registerGroup({ uri, stateDatabase, queue }) {
  const client = await MongoClient.connect(uri);
  await client
    .db(stateDatabase)
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
