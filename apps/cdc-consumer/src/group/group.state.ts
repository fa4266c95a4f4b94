/** How many records of a group a collection of the state database has. */
export interface RecordCount {
  readonly collection: string;
  readonly count: number;
}

/** All that the state database keeps of a group beside its registration and the audit trails. */
export abstract class GroupState {
  /** Of the collections that have any. */
  abstract count(group: string): Promise<RecordCount[]>;

  /** As if the group had never been there. May be done again. */
  abstract forget(group: string): Promise<void>;

  /** What is kept of queues that are gone for good. */
  abstract forgetQueues(queues: readonly string[]): Promise<void>;
}
