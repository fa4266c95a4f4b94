import { entryOf } from '../../scripts/lib/build.mjs';
import { environmentWith } from '../../scripts/lib/environment.mjs';
import { Contender } from './contender.mjs';
import { dropDatabase } from './section.mjs';

/** In production the apps want a token; nobody calls their admin endpoints here. */
const TOKEN = 'of-the-bench-alone';

/** One of our apps as it is deployed, with a state database of its own that goes with it. */
export function startSluiceApp({ app, name, slot, servers, exchange, stateDatabase, env }) {
  const contender = Contender.start({
    slot,
    name,
    args: ['--enable-source-maps', entryOf(app)],
    env: environmentWith({
      MONGODB_URI: servers.mongodb.uri,
      RABBITMQ_URI: servers.rabbitmq.uri,
      SLUICE_STATE_DB: stateDatabase,
      SLUICE_EXCHANGE: exchange,
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
      ADMIN_TOKEN: TOKEN,
      ...env,
    }),
  });
  const end = async () => {
    await contender.stop();
    await dropDatabase({ uri: servers.mongodb.uri, database: stateDatabase });
  };
  return { contender, end };
}
