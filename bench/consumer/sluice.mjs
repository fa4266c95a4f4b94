import { fileURLToPath } from 'node:url';
import { startSluiceApp } from '../lib/sluice-app.mjs';

/** cdc-consumer as it is deployed, with the handlers of one folder. */
export function startSluiceConsumer(handlers, { nodeFlags, env: extra = {} } = {}) {
  return async ({ bench, name, exchange, group, partitions = 1, log }) =>
    startSluiceApp({
      bench,
      app: 'cdc-consumer',
      name,
      exchange,
      nodeFlags,
      env: {
        SLUICE_HANDLERS: fileURLToPath(new URL(`./handlers/${handlers}`, import.meta.url)),
        CONSUMER_GROUP: group,
        PARTITIONS: String(partitions),
        ...(log === undefined ? {} : { BENCH_LOG: log }),
        ...extra,
      },
    });
}
