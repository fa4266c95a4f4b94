import type { GroupRange } from '../inbox/group-memory.js';
import type { Barrier, BarrierId } from './barrier.js';

/** Where a group's partitions tell each other how far they are with its control events. Durable when it resolves. */
export abstract class BarrierStore {
  /** Notes that a queue has reached it; `position`: the event's, as `positionKey` writes it. */
  abstract reach(id: BarrierId, queue: string, position: string): Promise<Barrier>;

  /** `undefined`: forgotten, long after it was done. */
  abstract find(id: BarrierId): Promise<Barrier | undefined>;

  /** Notes that its handlers have run; forgets those of the group that were done long ago. */
  abstract finish(id: BarrierId): Promise<void>;

  /** Those of the group that are not done. */
  abstract waiting(group: string): Promise<Barrier[]>;

  /** How many of a group's are done, of those in the range. */
  abstract countDone(range: GroupRange): Promise<number>;

  /** Forgets that they are done: a repeat of them is handled again. */
  abstract reopen(range: GroupRange): Promise<number>;

  /** Counts that it is sent again. `false`: another replica was first, or it is forgotten. */
  abstract countSentAgain(id: BarrierId, before: number): Promise<boolean>;
}
