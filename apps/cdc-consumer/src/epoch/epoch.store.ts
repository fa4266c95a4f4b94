/** Where a group keeps the highest epoch of each stream that it has seen in each of its queues. */
export abstract class EpochStore {
  /** By stream. */
  abstract load(queue: string): Promise<Map<string, number>>;

  /** Durable when it resolves. One that is higher already stays. */
  abstract raise(queue: string, stream: string, epoch: number): Promise<void>;

  /** The highest epoch of each stream that any of these queues has seen. */
  abstract highest(queues: readonly string[]): Promise<Map<string, number>>;

  /** As `raise`, of each stream in each queue. */
  abstract raiseAll(queues: readonly string[], epochs: ReadonlyMap<string, number>): Promise<void>;
}
