import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateDir } from '../paths.mjs';
import { withClient } from '../servers/mongo-ready.mjs';
import { deadLetterQueueOf, GROUP, PARTITIONS } from './run-names.mjs';

/** Outside the slot's own folder, which the next run empties before it reads this. */
const noteOf = (slot) => join(privateDir, 'to-remove', `${slot.name}.json`);

/**
 * Notes what a run is about to make in servers that it does not own, and first removes what a killed run of this slot
 * noted there. Servers of our own are thrown away whole and need none of this.
 */
export async function noteForRemoval(slot, servers, names) {
  const file = noteOf(slot);
  if (existsSync(file)) {
    const left = JSON.parse(readFileSync(file, 'utf8'));
    // Best effort: those servers may be gone for good, which must not keep this run from starting.
    await removeAll(left).catch(() => undefined);
    rmSync(file);
  }
  const mongodb = servers.mongodb.isPrivate ? undefined : servers.mongodb.uri;
  const rabbitmq = servers.rabbitmq.isPrivate ? undefined : servers.rabbitmq.uri;
  if (!mongodb && !rabbitmq) return;
  mkdirSync(join(privateDir, 'to-remove'), { recursive: true });
  writeFileSync(file, JSON.stringify({ mongodb, rabbitmq, names }), { mode: 0o600 }); // the URIs may hold passwords
}

/** Removes everything with the run's names from servers that are not ours. */
export async function removeNoted(slot) {
  const file = noteOf(slot);
  if (!existsSync(file)) return;
  await removeAll(JSON.parse(readFileSync(file, 'utf8')));
  rmSync(file);
}

async function removeAll({ mongodb, rabbitmq, names }) {
  if (rabbitmq) await removeTopology(rabbitmq, names);
  if (!mongodb) return;
  await withClient(mongodb, async (client) => {
    for (const name of [names.database, names.stateDatabase]) await client.db(name).dropDatabase();
  });
}

/** Names as `topologyNames` in libs/contracts makes them. Deleting what is not there is fine in RabbitMQ. */
async function removeTopology(uri, names) {
  const { exchange, prefix } = names;
  const { connect } = await import('amqplib');
  const connection = await connect(uri);
  try {
    const channel = await connection.createChannel();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await channel.deleteQueue(`${prefix}.group.${GROUP}.1.${partition}`);
    }
    await channel.deleteQueue(deadLetterQueueOf(names));
    await channel.deleteQueue(`${prefix}.realtime`);
    for (const name of [exchange, `${prefix}.dead-letters`]) await channel.deleteExchange(name);
  } finally {
    await connection.close();
  }
}
