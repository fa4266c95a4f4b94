import type { DeliverySignals } from '@sluice/messaging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsumerSettings } from '../config/consumer.settings.js';
import type { EventHandling } from '../consume/event.handling.js';
import { MemoryParkedStore } from './memory-parked.store.fixture.js';
import { aParked, LANE } from './parked-store.contract.js';
import { Parking } from './parking.js';
import { PartitionFormerError } from './partition-former.error.js';

const OLD = 'orders.1';
/** Four partitions: bucket 3 is partition 3's. */
const PLACE = { queue: OLD, partition: LANE.bucket };

/** The registration, of which a replica knows only what it has looked at. */
class Registration {
  stands: { queues: string[]; ended: string[] } = { queues: ['a', 'b', 'c', OLD], ended: [] };
  private seen = this.stands;

  look(): Promise<boolean> {
    this.seen = this.stands;
    return Promise.resolve(true);
  }
  queuesBeside(queue: string): readonly string[] {
    return this.seen.queues.includes(queue) ? this.seen.queues : [];
  }
  get ended(): readonly string[] {
    return this.seen.ended;
  }
}

describe('a partition that is taken', () => {
  let store: MemoryParkedStore;
  let registration: Registration;
  let parking: Parking;
  let stopping: AbortController;
  const take = () => {
    const signals: DeliverySignals = { stopping: stopping.signal, over: stopping.signal };
    return parking.taken(PLACE, signals);
  };
  beforeEach(async () => {
    stopping = new AbortController();
    store = new MemoryParkedStore();
    registration = new Registration();
    const handling: Partial<EventHandling> = {}; // nothing is due
    const settings = { environment: { CONCURRENCY: 1 } } as ConsumerSettings;
    parking = new Parking(store, handling as EventHandling, registration, settings);
    const { epoch } = await store.take([LANE.bucket]);
    await store.add(epoch, aParked('e1', { dueAt: new Date(Date.now() + 3_600_000) }));
  });
  afterEach(() => stopping.abort());

  it('brings what is parked there to its owner', async () => {
    await take();
    expect([parking.owns(OLD), parking.size]).toEqual([true, 1]);
  });

  it('leaves what is parked to the new partitions where it has been read to its end, whoever gets it again', async () => {
    const next = await store.take([LANE.bucket]); // the new partition's owner is soon to do so
    registration.stands = { ...registration.stands, ended: [OLD] };
    await take();
    expect([parking.owns(OLD), parking.size]).toEqual([false, 0]);
    expect(await store.isOwner(next.epoch, LANE.bucket)).toBe(true);
  });

  it('is refused where the number of partitions has changed since it was last looked at', async () => {
    registration.stands = { queues: ['other'], ended: [] };
    await expect(take()).rejects.toThrow(PartitionFormerError);
  });
});
