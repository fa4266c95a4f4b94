import type { Barrier, BarrierId } from './barrier.js';

/** Where a group's partitions tell each other how far they are with its control events. Durable when it resolves. */
export abstract class BarrierStore {
  /** Notes that a queue has reached it. */
  abstract reach(id: BarrierId, queue: string): Promise<Barrier>;

  /** `undefined`: forgotten, long after it was done. */
  abstract find(id: BarrierId): Promise<Barrier | undefined>;

  /** Notes that its handlers have run; forgets those of the group that were done long ago. */
  abstract finish(id: BarrierId): Promise<void>;

  /** Those of the group that are not done. */
  abstract waiting(group: string): Promise<Barrier[]>;

  /** Counts that it is sent again. `false`: another replica was first, or it is forgotten. */
  abstract countSentAgain(id: BarrierId, before: number): Promise<boolean>;
}
