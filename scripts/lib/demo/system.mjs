import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstToEnd, startApp } from '../app-process.mjs';
import { entryOf } from '../build.mjs';
import { environmentWith } from '../environment.mjs';
import { reservePort } from '../ports.mjs';
import { EXTERNAL_RABBITMQ } from '../servers/external.mjs';
import { GROUP, PARTITIONS } from './run-names.mjs';
import { statusOf } from './status.mjs';

/** The app's own handlers, and the one that the demonstration counts by. */
const HANDLERS = [
  join(dirname(entryOf('cdc-consumer')), 'handlers'),
  fileURLToPath(new URL('./handlers', import.meta.url)),
].join(delimiter);

/** Both apps as processes on the given servers, capturing one database. `onLine` gets the consumer's log. */
export async function startApps({ slot, servers, names, onLine }) {
  const config = join(slot.dir, 'streams.json');
  const stream = { name: 'demo', scope: { database: names.database } };
  writeFileSync(config, `${JSON.stringify({ streams: [stream] }, null, 2)}\n`);
  const [producerPort, consumerPort] = [await reservePort(3000), await reservePort(3001)];
  const env = environmentWith({
    MONGODB_URI: servers.mongodb.uri,
    RABBITMQ_URI: servers.rabbitmq.uri,
    HTTP_HOST: '127.0.0.1',
    PRODUCER_HTTP_PORT: String(producerPort),
    CONSUMER_HTTP_PORT: String(consumerPort),
    SLUICE_CONFIG: config,
    SLUICE_STATE_DB: names.stateDatabase,
    SLUICE_EXCHANGE: names.exchange,
    SLUICE_HANDLERS: HANDLERS,
    CONSUMER_GROUP: GROUP,
    PARTITIONS: String(PARTITIONS),
    REALTIME: 'on',
  });
  const consumer = startApp({ name: 'cdc-consumer', slot, env, url: `http://127.0.0.1:${consumerPort}`, onLine });
  const producer = startApp({ name: 'cdc-producer', slot, env, url: `http://127.0.0.1:${producerPort}` });
  return {
    producer,
    consumer,
    ended: firstToEnd([producer, consumer]),
    ready: (signal) => Promise.all([consumer.ready(signal), producer.ready(signal)]),
    stop: () => Promise.all([producer.stop(), consumer.stop()]),
    status: () => statusOf({ producerUrl: producer.url, consumerUrl: consumer.url }),
    tail: tailCommand(servers.rabbitmq, names.exchange),
  };
}

/** What a user types in another terminal to see every event. The URI of their own server may have a password in it. */
function tailCommand({ uri, isPrivate }, exchange) {
  const server = isPrivate ? `'${uri}'` : `"$${EXTERNAL_RABBITMQ}"`;
  return `RABBITMQ_URI=${server} SLUICE_EXCHANGE=${exchange} npx sluice tail`;
}
