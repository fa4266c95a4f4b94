import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { entryOf } from '../../scripts/lib/build.mjs';
import { environmentWith } from '../../scripts/lib/environment.mjs';
import { reservePort } from '../../scripts/lib/ports.mjs';
import { BENCH_TOKEN, Contender } from '../lib/contender.mjs';

/** cdc-consumer as it is deployed, on one partition, with the handlers of one folder. */
export function startSluiceConsumer(handlers) {
  return async ({ name, slot, servers, exchange, group }) => {
    const stateDatabase = `${exchange.replace('.events', '')}-state`;
    const contender = Contender.start({
      slot,
      name,
      args: ['--enable-source-maps', entryOf('cdc-consumer')],
      env: environmentWith({
        MONGODB_URI: servers.mongodb.uri,
        RABBITMQ_URI: servers.rabbitmq.uri,
        SLUICE_STATE_DB: stateDatabase,
        SLUICE_EXCHANGE: exchange,
        SLUICE_HANDLERS: fileURLToPath(new URL(`./handlers/${handlers}`, import.meta.url)),
        CONSUMER_GROUP: group,
        PARTITIONS: '1',
        CONSUMER_HTTP_PORT: String(await reservePort(3300)),
        LOG_LEVEL: 'warn',
        NODE_ENV: 'production',
        ADMIN_TOKEN: BENCH_TOKEN,
      }),
    });
    const end = async () => {
      await contender.stop();
      const client = await MongoClient.connect(servers.mongodb.uri);
      await client.db(stateDatabase).dropDatabase();
      await client.close();
    };
    return { contender, end };
  };
}
