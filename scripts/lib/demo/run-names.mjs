import { randomBytes } from 'node:crypto';

/** The consumer group of the demonstration. */
export const GROUP = 'show';
export const PARTITIONS = 4;

/** The database of a run that has a MongoDB for itself: a handler can name it (`@OnInsert('demo.movies')`). */
const OWN_DATABASE = 'demo';

/**
 * Names of everything that a run makes in its servers: its own, so that runs never meet, even on the same servers.
 * `ownDatabase`: the data's database may have its fixed name, as nobody else is on the server.
 */
export function runNames(slot, { ownDatabase }) {
  const id = `${slot.name}-${Date.now().toString(36)}${randomBytes(3).toString('hex')}`;
  return {
    database: ownDatabase ? OWN_DATABASE : `sluice-demo-${id}`,
    stateDatabase: `sluice-state-${id}`,
    exchange: `sluice.demo.${id}.events`,
    prefix: `sluice.demo.${id}`,
  };
}

/** As `topologyNames` in libs/contracts makes it. */
export function deadLetterQueueOf({ prefix }) {
  return `${prefix}.dead-letter.${GROUP}`;
}
