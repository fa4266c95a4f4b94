import type { LeaseTerms, StampedLease } from './lease.js';
import type { ProcessMark } from './process-mark.js';

/**
 * Who stands in the way of taking a lease; undefined where it is free: released, run out by the server's clock, our own
 * (an answer was lost, or we let it lapse), or of a process that has ended for certain.
 */
export function holderInTheWay(
  { holder, until, seenAt, process }: StampedLease,
  seeker: string,
  isGone: (process: ProcessMark | null) => boolean,
): LeaseTerms | undefined {
  if (holder === null || until === null || holder === seeker) return undefined;
  if (until <= seenAt || isGone(process)) return undefined;
  return { holder, until };
}
