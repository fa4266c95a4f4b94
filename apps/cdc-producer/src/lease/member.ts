import type { ProcessMark } from './process-mark.js';

/** One producer in the state database. */
export interface Member {
  readonly id: string;
  /** The server's time at which it joined. */
  readonly joinedAt: Date;
  /** The streams that it is configured for. */
  readonly streams: readonly string[];
  readonly process: ProcessMark | null;
  /** The server's time of its last heartbeat. */
  readonly seenAt: Date;
}

/** What a producer says of itself with a heartbeat. */
export type Heartbeat = Pick<Member, 'id' | 'process' | 'streams'>;

/** All members, and the server's time at which they were read. */
export interface Roll {
  readonly now: Date;
  readonly members: readonly Member[];
}

/** Who is there to run streams. */
export abstract class MemberStore {
  /** Says that a producer is there, and reads who else is. `anew`: it counts as having joined now. */
  abstract beat(member: Heartbeat, anew: boolean): Promise<Roll>;
  abstract forget(ids: readonly string[]): Promise<void>;
}
