/** Where the partitions' queues come from; the group's registration stands behind it. */
export interface PartitionTopology {
  /** Starts to make the queues, and goes on until they stand or `signal` fires. Answers their names by partition. */
  queues(signal: AbortSignal): Promise<readonly string[]>;
  /** A queue that should be there is not: the next `queues` makes it again. */
  missing(queue: string): void;
}
