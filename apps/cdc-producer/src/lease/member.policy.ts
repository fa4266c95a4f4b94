import type { Member, Roll } from './member.js';
import type { ProcessMark } from './process-mark.js';

/** Members by what has become of them. */
export interface SortedMembers {
  readonly alive: readonly Member[];
  /** Their entries may be removed. */
  readonly gone: readonly Member[];
}

/** A silent member may come back, and then joins anew; its entry is kept for a while, for operators to see. */
const FORGOTTEN_AFTER = 60;

/** Alive is who was seen within `ttlMs` by the server's clock and whose process has not ended for certain. */
export function sortMembers(
  { now, members }: Roll,
  ttlMs: number,
  hasEnded: (process: ProcessMark | null) => boolean,
): SortedMembers {
  const silentMs = ({ seenAt }: Member) => now.getTime() - seenAt.getTime();
  const ended = new Set(members.filter(({ process }) => hasEnded(process)));
  return {
    alive: members.filter((member) => !ended.has(member) && silentMs(member) < ttlMs),
    gone: members.filter((member) => ended.has(member) || silentMs(member) >= ttlMs * FORGOTTEN_AFTER),
  };
}
