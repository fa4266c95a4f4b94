import { entryOf } from '../../scripts/lib/build.mjs';
import { NODE_FLAGS } from '../../scripts/lib/node-flags.mjs';
import { reservePort } from '../../scripts/lib/ports.mjs';
import { Contender } from './contender.mjs';
import { pause } from './pause.mjs';
import { dropDatabase } from './section.mjs';

/** In production the apps want a token. */
export const TOKEN = 'of-the-bench-alone';
const APPS = {
  'cdc-producer': { port: 3200, variable: 'PRODUCER_HTTP_PORT' },
  'cdc-consumer': { port: 3300, variable: 'CONSUMER_HTTP_PORT' },
};
const READY_EVERY_MS = 50;

/** One of our apps as it is deployed, with a state database of its own that goes with it. */
export async function startSluiceApp({ bench, app, name, exchange, env, nodeFlags = [] }) {
  const { servers, signal } = bench;
  const stateDatabase = stateDatabaseOf(exchange);
  const { port: preferred, variable } = APPS[app];
  const port = await reservePort(preferred);
  const contender = Contender.start({
    bench,
    name: `${name}-${app}`,
    args: [...NODE_FLAGS, ...nodeFlags, entryOf(app)],
    env: {
      MONGODB_URI: servers.mongodb.uri,
      RABBITMQ_URI: servers.rabbitmq.uri,
      SLUICE_STATE_DB: stateDatabase,
      SLUICE_EXCHANGE: exchange,
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
      ADMIN_TOKEN: TOKEN,
      [variable]: String(port),
      ...env,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    contender,
    url,
    ready: () => untilReady(`${url}/health/ready`, AbortSignal.any([signal, contender.signal])),
    end: async () => {
      await contender.stop();
      await dropDatabase({ uri: servers.mongodb.uri, database: stateDatabase });
    },
  };
}

export function stateDatabaseOf(exchange) {
  return `${exchange.replace('.events', '')}-state`;
}

async function untilReady(url, signal) {
  for (;;) {
    const response = await fetch(url, { signal }).catch(() => undefined);
    if (response?.status === 200) return;
    await pause(READY_EVERY_MS, signal);
  }
}
