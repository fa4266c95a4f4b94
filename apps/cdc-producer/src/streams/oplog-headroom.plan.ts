import type { Timestamp } from 'mongodb';

/**
 * Seconds of cluster time between the oldest entry of the oplog and the stream's saved position. A stream that stands
 * still has about so long, at the pace at which the oplog rolls now, until its position falls off and changes are lost;
 * 0 where it has. Null where either end is not known.
 *
 * Where the saved token hides its time (layouts other than mongod's) the position counts from the last event, which is
 * less than there is on an idle stream.
 */
export function headroomSeconds(position: Timestamp | null, oldest: Timestamp | null): number | null {
  return position === null || oldest === null ? null : Math.max(0, position.t - oldest.t);
}

/** Seconds of cluster time from a position to now. Null where either is not known. */
export function behindSeconds(position: Timestamp | null, nowSeconds: number | null): number | null {
  return position === null || nowSeconds === null ? null : Math.max(0, nowSeconds - position.t);
}

/** What to say, and to be not ready for, under `minOplogHeadroomSeconds`; undefined where all is well or not known. */
export function headroomWarning(seconds: number | null, minimum: number): string | undefined {
  if (seconds === null || seconds >= minimum) return undefined;
  const where =
    seconds === 0
      ? 'the position has come to the end of the oplog, or has fallen off it'
      : `the oplog begins only ${seconds} s before the position`;
  return `${where} (minOplogHeadroomSeconds: ${minimum}): let the stream catch up, or enlarge the oplog (replSetResizeOplog)`;
}
