/** How a group's queues look. At most 64 partitions: a bucket is the smallest share of the documents. */
export const PARTITION_QUEUE_ARGUMENTS = (deadLetterExchange: string, group: string) =>
  ({
    'x-queue-type': 'quorum',
    // One consumer at a time: the order of a partition survives a hand-over between replicas.
    'x-single-active-consumer': true,
    // A full queue refuses, so that the publisher holds, instead of dropping its oldest messages.
    'x-overflow': 'reject-publish',
    'x-dead-letter-exchange': deadLetterExchange,
    'x-dead-letter-routing-key': group,
    'x-dead-letter-strategy': 'at-least-once',
  }) as const;

export const DEAD_LETTER_QUEUE_ARGUMENTS = { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish' } as const;

/** The buckets of a partition: those b with b mod partitions = partition. */
export function bucketsOf(partition: number, partitions: number, buckets: number): number[] {
  return Array.from({ length: buckets }, (_, bucket) => bucket).filter((bucket) => bucket % partitions === partition);
}
