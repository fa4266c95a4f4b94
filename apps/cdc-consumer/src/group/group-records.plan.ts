import { FENCE_COLLECTION, INBOX_COLLECTION } from '@sluice/contracts';

/** How the records of one collection belong to a group, and to one of its queues. */
export interface GroupRecords {
  readonly collection: string;
  /** The field with the group's name. */
  readonly group?: string;
  /** The field with the queue's. */
  readonly queue?: string;
}

export const PARKED_EVENTS = 'parked-events';

/**
 * Whatever a group's consumers keep in the state database. Not here: the registration, which stays for whoever comes
 * back, and the audit trails (`groupChanges`, `dead-letter-operations`). One that is missing here outlives its group.
 */
export const GROUP_RECORDS: readonly GroupRecords[] = [
  { collection: 'barriers', group: '_id.group' },
  { collection: 'call-marks', group: '_id.group' },
  { collection: PARKED_EVENTS, group: 'group' },
  { collection: 'parked-owners', group: '_id' },
  { collection: 'partition-holders', queue: '_id.queue' },
  { collection: 'partitionEpochs', queue: '_id.queue' },
  { collection: 'partitionPositions', queue: '_id.queue' },
  { collection: 'partitionQueues', queue: '_id' },
  { collection: INBOX_COLLECTION, group: '_id.group' }, // of handlers that write to the state database's connection
  { collection: FENCE_COLLECTION, group: '_id.group' },
];
