/** A queue of a generation that is not the group's any more: it is read by nobody, and about to be left. */
export class PartitionFormerError extends Error {
  readonly code = 'SLUICE-PARTITION-FORMER';

  constructor(queue: string) {
    super(`${queue} is of an earlier number of partitions; what it delivers is read from the new queues`);
    this.name = 'PartitionFormerError';
  }
}
