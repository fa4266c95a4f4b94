/** The highest position of a change stream that the feed has told, as a `positionKey`. */
export interface Height {
  readonly stream: string;
  readonly position: string;
}

/** The second of MongoDB's clock in a position. */
export function secondsOf(position: string): number {
  return Number(position.slice(0, 10));
}

/** From when on changes behind a position may be missing, or, with one second more, are there again. */
export function timeOf(position: string, plusSeconds = 0): Date {
  return new Date((secondsOf(position) + plusSeconds) * 1_000);
}

/** Before it nothing is missing of any change stream that is known; null where none is. */
export function lowestTime(positions: Iterable<string>): Date | null {
  let lowest: string | undefined;
  for (const position of positions) if (lowest === undefined || position < lowest) lowest = position;
  return lowest === undefined ? null : timeOf(lowest);
}
