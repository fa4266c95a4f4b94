/** Where the partitions' queues come from; the group's registration stands behind it. */
export interface PartitionTopology {
  /** Starts to make the queues, and goes on until they stand or `signal` fires. */
  ready(signal: AbortSignal): Promise<void>;
  /** A queue that should be there is not: the next `ready` makes it again. */
  missing(queue: string): void;
}
