import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { entryOf } from '../../scripts/lib/build.mjs';
import { environmentWith } from '../../scripts/lib/environment.mjs';
import { reservePort } from '../../scripts/lib/ports.mjs';
import { BENCH_TOKEN, Contender } from '../lib/contender.mjs';

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
    const contender = Contender.start({
      slot,
      name,
      args: ['--enable-source-maps', entryOf('cdc-producer')],
      env: environmentWith({
        MONGODB_URI: servers.mongodb.uri,
        RABBITMQ_URI: servers.rabbitmq.uri,
        SLUICE_CONFIG: config,
        SLUICE_STATE_DB: stateDatabase,
        SLUICE_EXCHANGE: exchange,
        PRODUCER_HTTP_PORT: String(await reservePort(3200)),
        LOG_LEVEL: 'warn',
        NODE_ENV: 'production',
        ADMIN_TOKEN: BENCH_TOKEN,
      }),
    });
    const end = async () => {
      await contender.stop();
      await dropDatabase(servers.mongodb.uri, stateDatabase);
    };
    return { contender, exchange, end };
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

async function dropDatabase(uri, name) {
  const client = await MongoClient.connect(uri);
  await client.db(name).dropDatabase();
  await client.close();
}
