import { fileURLToPath } from 'node:url';
import { reservePort } from '../../scripts/lib/ports.mjs';
import { startSluiceApp } from '../lib/sluice-app.mjs';

/** cdc-consumer as it is deployed, on one partition, with the handlers of one folder. */
export function startSluiceConsumer(handlers) {
  return async ({ name, slot, servers, exchange, group }) =>
    startSluiceApp({
      app: 'cdc-consumer',
      name,
      slot,
      servers,
      exchange,
      stateDatabase: `${exchange.replace('.events', '')}-state`,
      env: {
        SLUICE_HANDLERS: fileURLToPath(new URL(`./handlers/${handlers}`, import.meta.url)),
        CONSUMER_GROUP: group,
        PARTITIONS: '1',
        CONSUMER_HTTP_PORT: String(await reservePort(3300)),
      },
    });
}
