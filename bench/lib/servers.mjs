import { startOwnMongodb } from '../../scripts/lib/servers/mongodb.mjs';
import { startPrivateMongod } from '../../scripts/lib/servers/private-mongod.mjs';
import { startOwnRabbitmq } from '../../scripts/lib/servers/rabbitmq.mjs';
import { which } from '../../scripts/lib/which.mjs';
import { findSecantusdRs, HOW_TO_BUILD, startSecantusdRs } from './secantusd-rs.mjs';

const PREFERRED = { mongodb: 27217, rabbitmq: 5872 };

/** RabbitMQ as for `npm start`, and the fastest MongoDB that is there. `warning` says where that is the limit. */
export async function startBenchServers({ slot, say, signal }) {
  const common = { slot, say, note: () => undefined, signal };
  const [mongodb, rabbitmq] = await Promise.all([
    startMongodb({ ...common, name: 'mongodb', preferredPort: PREFERRED.mongodb }),
    startOwnRabbitmq({ ...common, name: 'rabbitmq', preferredPort: PREFERRED.rabbitmq }),
  ]);
  return {
    mongodb: mongodb.handle,
    rabbitmq,
    warning: mongodb.warning,
    stop: () => Promise.allSettled([mongodb.handle.stop(), rabbitmq.stop()]),
  };
}

async function startMongodb(options) {
  const mongod = which('mongod');
  if (mongod) return { handle: await startPrivateMongod({ ...options, command: mongod }) };
  const secantusdRs = findSecantusdRs();
  if (secantusdRs) return { handle: await startSecantusdRs({ ...options, command: secantusdRs }) };
  const warning =
    'No mongod and no secantusd-rs was found: the Python server reads 8,000 to 10,000 changes a second, and is what ' +
    `these figures measure. To build the fast one:\n${HOW_TO_BUILD}`;
  return { handle: await startOwnMongodb(options), warning };
}
