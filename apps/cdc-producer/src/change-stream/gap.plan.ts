import { Timestamp } from 'mongodb';

/** Changes that are lost to a stream: those after `from` and before `to`, where reading goes on, inclusive. */
export interface Gap {
  readonly from: Timestamp;
  readonly to: Timestamp;
}

/** Stands for a time that is not known: anything before the gap's end may be missing. */
const UNKNOWN = Timestamp.fromBits(0, 0);

/**
 * From where a stream surely has everything to where it goes on: at the oldest change there is, or now where the oplog
 * cannot be read; never before what the stream has, as where the history is there and only its token is refused.
 */
export function gapPlan(reached: Timestamp | null, goOnAt: Timestamp): Gap {
  const from = reached ?? UNKNOWN;
  return { from, to: from.compare(goOnAt) >= 0 ? from : goOnAt };
}

/** What a stream has lost and since when, for people. */
export function lossOf(stream: string, reached: Timestamp | null, oldest: Timestamp | null): string {
  const stands = `stream "${stream}" stands at ${describeTime(reached)}`;
  if (oldest === null) return `${stands}, and the oplog no longer has what follows: changes since then are lost to it`;
  if (reached === null || reached.compare(oldest) < 0)
    return `${stands}, but the oplog now begins at ${describeTime(oldest)}: changes between the two are lost to it`;
  return (
    `${stands}, and the server cannot go on behind its resume token, although the oplog begins at ` +
    `${describeTime(oldest)}: changes since the former may be lost to it`
  );
}

/** A cluster time for people. */
export function describeTime(time: Timestamp | null): string {
  return time === null || time.isZero() ? 'an unknown time' : new Date(time.t * 1000).toISOString();
}
