import type { FoundEvent, ParkedEvent, ParkedLaneKey, TakenEvents } from './parked-event.js';

/** Names one parked event. */
export type ParkedEventKey = Pick<ParkedEvent, 'handler' | 'eventId'>;

/**
 * Keeps parked events of one group. Only the owner of a partition writes there: an owner that was frozen, or cut off,
 * and does not know that there is a later one, changes nothing by what it still writes.
 */
export abstract class ParkedStore {
  /** Makes the caller the owner of these buckets, and tells what is parked there. */
  abstract take(buckets: readonly number[]): Promise<TakenEvents>;

  /** Resolves when the event is safe. One that is parked already stays as it is: a redelivery changes nothing. */
  abstract add(epoch: number, event: ParkedEvent): Promise<void>;

  /** The earliest event of a lane. */
  abstract first(epoch: number, lane: ParkedLaneKey): Promise<FoundEvent | undefined>;

  /** Notes, before the handler is called, that it is. `false`: not ours any more. */
  abstract begin(epoch: number, key: ParkedEventKey): Promise<boolean>;

  /** The run has ended, and the event waits for its next one. */
  abstract postpone(
    epoch: number,
    key: ParkedEventKey,
    change: Pick<ParkedEvent, 'attempts' | 'firstFailedAt' | 'dueAt'>,
  ): Promise<boolean>;

  abstract remove(epoch: number, key: ParkedEventKey): Promise<boolean>;

  /** Whether nobody has taken the bucket since. */
  abstract isOwner(epoch: number, bucket: number): Promise<boolean>;

  /** Documents of the group with events here, once a handler: of all partitions, also of those that nobody has. */
  abstract count(): Promise<number>;

  /** Buckets with events that should have been run before `time`. */
  abstract overdue(time: Date): Promise<number[]>;
}
