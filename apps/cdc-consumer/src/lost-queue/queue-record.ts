import type { Position } from '@sluice/contracts';

/** Where what is lost of a stream begins; `undefined`: nothing of it was ever handled here. */
export interface GapStart {
  readonly stream: string;
  readonly after: Position | undefined;
}

/** What a lost queue's handlers have to be told, and have not been for sure. */
export interface GapDebt {
  /** Server time at which the queue was found gone, with the streams waiting. */
  readonly to: Date;
  readonly starts: readonly GapStart[];
}

/** What is known of a queue that was made once, so that it can be told when it is gone. */
export interface QueueRecord {
  readonly queue: string;
  /** Server time from which on it took events: when it was made first, or again. */
  readonly since: Date;
  /** How often it was lost; two replicas that find it gone count it once. */
  readonly losses: number;
  readonly lostAt: Date | undefined;
  readonly debt: GapDebt | undefined;
  /** Server time of this look. */
  readonly seenAt: Date;
}
