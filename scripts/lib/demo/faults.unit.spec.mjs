import { describe, expect, it } from 'vitest';
import { faultsOfApps } from './faults.mjs';

const look = { log: '.sluice/once/cdc-consumer.log', queue: 'demo.dead-letter.show' };
const group = (counters) => ({ group: { handled: 0, deadLettered: 0, unmatched: 0, ...counters }, skipped: 0 });

describe("the apps' own counts of a run", () => {
  it('have nothing against one that every handler has managed', () => {
    expect(faultsOfApps(group({ handled: 10 }), 10, look)).toEqual([]);
  });

  it('name the group, the queue and the log when a handler has failed for good', () => {
    const [fault, ...others] = faultsOfApps(group({ handled: 8, deadLettered: 2 }), 10, look);
    expect(others).toEqual([]);
    expect(fault).toContain('group "show" dead-lettered 2 events');
    expect(fault).toContain(look.queue);
    expect(fault).toContain(look.log);
  });

  it('tell of events whose handlers have not ended', () => {
    expect(faultsOfApps(group({ handled: 9 }), 10, look)).toEqual([
      'Handlers of 1 of 10 events have not ended; see .sluice/once/cdc-consumer.log.',
    ]);
  });

  it('tell of events that the producer skipped', () => {
    expect(faultsOfApps({ ...group({ handled: 10 }), skipped: 3 }, 10, look)).toEqual([
      'The producer skipped 3 events, as no queue asked for them.',
    ]);
  });

  it('are missed when the consumer does not give them', () => {
    expect(faultsOfApps({ group: undefined }, 10, look)).toHaveLength(1);
  });
});
