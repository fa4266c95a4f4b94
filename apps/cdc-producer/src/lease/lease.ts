import type { TakenStream } from '../checkpoint/checkpoint.js';
import type { ProcessMark } from './process-mark.js';

/** Who holds a stream, and until when by the server's clock. */
export interface LeaseTerms {
  readonly holder: string;
  readonly until: Date;
}

/** A stream's lease as it stands in the state database. */
export interface LeaseView {
  readonly stream: string;
  readonly epoch: number;
  readonly holder: string | null;
  readonly process: ProcessMark | null;
  readonly until: Date | null;
}

/** The same with the server's time at which it stood so: only these two times may be compared. */
export interface StampedLease extends LeaseView {
  readonly seenAt: Date;
  /** An operator has paused the stream: nobody takes it. */
  readonly isPaused: boolean;
}

/** Who asks for a lease. */
export interface LeaseSeeker {
  readonly id: string;
  readonly process: ProcessMark | null;
}

/** A stream as it was found when its lease was taken, in one step with the taking. */
export interface GrantedLease {
  readonly taken: TakenStream;
  readonly terms: LeaseTerms;
  /** How often it had been restarted by then: only a later restart is asked of this holder. */
  readonly restarts: number;
}

/** Keeps each stream's lease, in one document with its checkpoint. Times are the server's alone. */
export abstract class LeaseStore {
  /** Reads only; for those that do not mean to take it. Undefined for a stream that nobody has ever taken. */
  abstract read(stream: string): Promise<LeaseView | undefined>;
  /** Reads and stamps with the server's time. */
  abstract look(stream: string): Promise<StampedLease>;
  /** Takes the lease where it still is as it was seen; undefined where somebody was faster, it was renewed or paused. */
  abstract take(seen: StampedLease, seeker: LeaseSeeker, leaseMs: number): Promise<GrantedLease | undefined>;
  /** Answers until when it is held now; undefined where another producer has taken the stream. */
  abstract renew(stream: string, epoch: number, holder: string, leaseMs: number): Promise<Date | undefined>;
  /** Lets go at once; does nothing where another has it. */
  abstract release(stream: string, epoch: number, holder: string): Promise<void>;
}
