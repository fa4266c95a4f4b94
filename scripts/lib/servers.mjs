import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { composeProject, whyNotDocker } from './servers/docker.mjs';
import { EXTERNAL_MONGODB, EXTERNAL_RABBITMQ, externalServer } from './servers/external.mjs';
import { startOwnMongodb } from './servers/mongodb.mjs';
import { startOwnRabbitmq } from './servers/rabbitmq.mjs';
import { slotOfThisProcess } from './slot.mjs';

/** Away from 27017 and 5672, where a user's own servers usually are. */
const PREFERRED = { mongodb: 27117, rabbitmq: 5772 };

const silent = () => undefined;

/**
 * The two servers of a run: those named by the user, else the compose file's services in a running Docker daemon, else
 * programs on PATH, else installed ones. `say` is told what is installed before it is, `note` why a way was left. `oplog`:
 * how long MongoDB's own is to be, `long` or `short`.
 */
export async function provision({ slot, oplog, say = silent, note = silent, signal }) {
  const [mongodb, rabbitmq] = [
    externalServer(EXTERNAL_MONGODB, 'MongoDB'),
    externalServer(EXTERNAL_RABBITMQ, 'RabbitMQ'),
  ];
  for (const server of [mongodb, rabbitmq]) if (server) say(`used: ${server.describe}`, 'external');
  const docker = mongodb && rabbitmq ? undefined : await dockerFor(slot, note);
  await docker?.down(); // containers that a killed run left
  const common = { slot, say, note, signal };
  const started = await Promise.allSettled([
    mongodb ??
      startOwnMongodb({
        ...common,
        name: 'mongodb',
        oplog,
        preferredPort: PREFERRED.mongodb,
        docker: docker && (() => docker.mongodb({ preferredPort: PREFERRED.mongodb, signal })),
      }),
    rabbitmq ??
      startOwnRabbitmq({
        ...common,
        name: 'rabbitmq',
        preferredPort: PREFERRED.rabbitmq,
        docker: docker && (() => docker.rabbitmq({ preferredPort: PREFERRED.rabbitmq, signal })),
      }),
  ]);
  const stop = async () => {
    const servers = started.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
    await Promise.allSettled(servers.filter(({ isPrivate }) => isPrivate).map((server) => server.stop()));
    await docker?.down();
  };
  const failures = started.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  if (failures.length > 0) {
    await stop();
    throw combined(failures);
  }
  return { mongodb: started[0].value, rabbitmq: started[1].value, stop };
}

async function dockerFor(slot, note) {
  const why = await whyNotDocker();
  if (!why) return composeProject(slot);
  note(`Docker: ${why}`);
  return undefined;
}

function combined(failures) {
  if (failures.length === 1) return failures[0];
  const error = new Error(failures.map(({ message }) => message).join('\n'), { cause: failures[0] });
  error.tail = failures.map(({ tail }) => tail).findLast(Boolean);
  return error;
}

let extras = 0;

/** A name and a folder within the slot for one more server, for tests that stop or kill theirs. */
async function extra(kind) {
  const slot = await slotOfThisProcess('extra');
  extras += 1;
  const name = `${kind}-${process.pid}-${extras}`;
  rmSync(join(slot.dir, name), { recursive: true, force: true });
  mkdirSync(join(slot.dir, name), { recursive: true });
  return { slot, name };
}

/**
 * One more RabbitMQ of its own, which a test may stop, kill, block and start again; with a port for TLS where `tls` names
 * its files. Never an external one, never Docker's.
 */
export async function startRabbitmq({ say = silent, tls, signal } = {}) {
  return startOwnRabbitmq({
    ...(await extra('rabbitmq')),
    preferredPort: PREFERRED.rabbitmq,
    say,
    note: silent,
    tls,
    signal,
  });
}

/**
 * One more MongoDB of its own, which a test may stop, kill, make fail, and start again; with an oplog that a test can
 * write past where `oplog` is `tiny`, and no replica set where `standalone` is set.
 */
export async function startMongodb({ say = silent, oplog, standalone = false, signal } = {}) {
  const place = { ...(await extra('mongodb')), preferredPort: PREFERRED.mongodb };
  return startOwnMongodb({ ...place, say, note: silent, oplog, standalone, signal });
}
