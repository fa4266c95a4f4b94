import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../app-process.mjs';
import { environmentWith } from '../environment.mjs';
import { reservePort } from '../ports.mjs';
import { GROUP, PARTITIONS } from './run-names.mjs';

/** Both apps as processes on the given servers, capturing one database. */
export async function startApps({ slot, servers, names, onHandled }) {
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
    CONSUMER_GROUP: GROUP,
    PARTITIONS: String(PARTITIONS),
  });
  const consumer = startApp({
    name: 'cdc-consumer',
    slot,
    env,
    url: `http://127.0.0.1:${consumerPort}`,
    onLine: (entry) => entry.msg === 'change handled' && onHandled(entry),
  });
  const producer = startApp({ name: 'cdc-producer', slot, env, url: `http://127.0.0.1:${producerPort}` });
  return {
    producer,
    consumer,
    ended: Promise.race([producer.ended, consumer.ended]),
    ready: (signal) => Promise.all([consumer.ready(signal), producer.ready(signal)]),
    stop: () => Promise.all([producer.stop(), consumer.stop()]),
    publishedByOperation: () => publishedByOperation(producer.url),
  };
}

/** The producer's own count of what the broker confirmed; undefined while it does not answer. */
async function publishedByOperation(url) {
  try {
    const response = await fetch(`${url}/api/v1/streams`, { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) return undefined;
    const { streams } = await response.json();
    return streams[0]?.counters.publishedByOperation;
  } catch {
    return undefined;
  }
}
