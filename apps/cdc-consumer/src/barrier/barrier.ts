/** Tells a control event within a group: two streams may carry the same change, with the same id. */
export interface BarrierId {
  readonly group: string;
  readonly stream: string;
  readonly event: string;
}

/** How far a group's partitions are with a control event. */
export interface Barrier {
  readonly id: BarrierId;
  /** Queues in which everything of the stream before it is handled, and nothing behind it is begun. */
  readonly reached: readonly string[];
  /** Its handlers have run. */
  readonly done: boolean;
  /** How often it was sent again to queues that seemed to lack it. */
  readonly sentAgain: number;
}
