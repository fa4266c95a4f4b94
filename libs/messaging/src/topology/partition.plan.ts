/**
 * How a group's queues look. `brokerMajor`: on 4.x a queue has a delivery limit of 20 unless told otherwise, and a
 * crash of the consumer counts for every message that it held; on 3.x there is none, and -1 would be refused.
 */
export function partitionQueueArguments(deadLetterExchange: string, group: string, brokerMajor: number) {
  return {
    'x-queue-type': 'quorum',
    // One consumer at a time: the order of a partition survives a hand-over between replicas.
    'x-single-active-consumer': true,
    // A full queue refuses, so that the publisher holds, instead of dropping its oldest messages.
    'x-overflow': 'reject-publish',
    'x-dead-letter-exchange': deadLetterExchange,
    'x-dead-letter-routing-key': group,
    'x-dead-letter-strategy': 'at-least-once',
    ...(brokerMajor >= 4 ? { 'x-delivery-limit': -1 } : {}),
  } as const;
}

/** A dead letter is the last copy of an event: a full queue refuses, and the consumer keeps the event until it fits. */
export function deadLetterQueueArguments(brokerMajor: number) {
  return {
    'x-queue-type': 'quorum',
    'x-overflow': 'reject-publish',
    ...(brokerMajor >= 4 ? { 'x-delivery-limit': -1 } : {}),
  } as const;
}

/** The buckets of a partition: those b with b mod partitions = partition. At most as many partitions as buckets. */
export function bucketsOf(partition: number, partitions: number, buckets: number): number[] {
  return Array.from({ length: buckets }, (_, bucket) => bucket).filter((bucket) => bucket % partitions === partition);
}
