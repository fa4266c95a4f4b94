import { randomBytes } from 'node:crypto';

/** The consumer group of the demonstration. */
export const GROUP = 'show';
export const PARTITIONS = 4;

/** Names of everything that a run makes in its servers: its own, so that runs never meet, even on the same servers. */
export function runNames(slot) {
  const id = `${slot.name}-${Date.now().toString(36)}${randomBytes(3).toString('hex')}`;
  return {
    database: `sluice-demo-${id}`,
    stateDatabase: `sluice-state-${id}`,
    exchange: `sluice.demo.${id}.events`,
    prefix: `sluice.demo.${id}`,
  };
}
