import type { ResetRange } from '@sluice/contracts';

/** Of one group's handlers. Positions from `from` on, up to `to` and without it. */
export interface GroupRange extends ResetRange {
  readonly group: string;
}

/** How much is opened again, or would be. */
export interface ReopenedCounts {
  readonly inboxEntries: number;
  readonly fences: number;
}

/** What a group's handlers with `once` have dealt with, as far as an operator opens it again. */
export abstract class GroupMemory {
  abstract count(range: GroupRange): Promise<ReopenedCounts>;

  /**
   * Forgets that the range was handled: a repeat of it is handled again. Documents that have changed since `from` go back
   * to just before it, whatever is behind `to`. Killed half-way, it is finished by another call.
   */
  abstract reopen(range: GroupRange): Promise<ReopenedCounts>;
}
