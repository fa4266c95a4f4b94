import type { Position } from '@sluice/contracts';
import type { GapStart, QueueRecord } from './queue-record.js';

/** What a group keeps of its queues outside of them, for the day that one is gone. */
export abstract class QueueRecordStore {
  /** Of those that have a record. */
  abstract find(queues: readonly string[]): Promise<QueueRecord[]>;

  /** A queue that has been made, and that nothing has come to yet. Nothing happens where it has a record. */
  abstract begin(queue: string): Promise<void>;

  /**
   * Notes that the queue is lost and its handlers are to be told; of a debt that is there already, that it reaches to
   * now. Durable when it resolves. False: another replica was first.
   */
  abstract owe(record: QueueRecord, starts: readonly GapStart[]): Promise<boolean>;

  /** The handlers have been told: what is lost next begins where this ended. */
  abstract clear(record: QueueRecord): Promise<void>;

  /** How far each stream's events have been handled in the queue. */
  abstract positions(queue: string): Promise<Map<string, Position>>;

  /** What was saved before is replaced: one that is older than it tells more of a gap than need be, and never less. */
  abstract savePositions(queue: string, positions: ReadonlyMap<string, Position>): Promise<void>;

  /** Every stream that any producer has had. */
  abstract streams(): Promise<string[]>;
}
