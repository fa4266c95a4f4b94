import type { ResetRange } from '@sluice/contracts';

/** Of one group's handlers. Positions from `from` on, up to `to` and without it. */
export interface GroupRange extends ResetRange {
  readonly group: string;
}

/** That a handler has dealt with an event. */
export interface HandledEntry {
  readonly group: string;
  readonly handler: string;
  readonly handledAt: Date;
  /** Missing in entries of earlier versions, as `position` is. */
  readonly stream?: string;
  readonly position?: string;
  readonly connection: string;
}

/** How much is opened again, or would be. */
export interface ReopenedCounts {
  readonly inboxEntries: number;
  readonly fences: number;
}

/** What groups' handlers with `once` have dealt with, as operators look it up and open it again. */
export abstract class GroupMemory {
  /** Who of any group has dealt with an event, as far as it is remembered. */
  abstract find(eventId: string): Promise<HandledEntry[]>;

  abstract count(range: GroupRange): Promise<ReopenedCounts>;

  /**
   * Forgets that the range was handled: a repeat of it is handled again. Documents that have changed since `from` go back
   * to just before it, whatever is behind `to`. Killed half-way, it is finished by another call.
   */
  abstract reopen(range: GroupRange): Promise<ReopenedCounts>;
}
