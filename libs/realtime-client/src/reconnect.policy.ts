import type { REALTIME_CLOSE } from '@sluice/contracts';

/** When a lost connection is tried again. */
export interface ReconnectOptions {
  /** Bound of the first wait, in ms; doubled by each further attempt in vain. Default 500. */
  readonly initialDelayMs?: number;
  /** Bound of every wait, in ms. Default 30,000. */
  readonly maxDelayMs?: number;
}

/**
 * Exponential backoff with full jitter: anything up to the bound, so that a thousand clients of a server that restarted
 * do not come back as one (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function delayOf(
  attempt: number,
  random: number,
  { initialDelayMs = 500, maxDelayMs = 30_000 }: ReconnectOptions,
): number {
  return random * Math.min(maxDelayMs, initialDelayMs * 2 ** attempt);
}

type Code<Name extends keyof typeof REALTIME_CLOSE> = (typeof REALTIME_CLOSE)[Name];
/** Only the types of the contract are imported, so that none of its code is in a page; a wrong number does not compile. */
const TOO_LARGE: Code<'tooLarge'> = 1009;
const INVALID_MESSAGE: Code<'invalidMessage'> = 4400;
const TOO_MANY_MESSAGES: Code<'tooManyMessages'> = 4429;

/** What a close means where it does not just mean to come back; 4401 does, since each attempt asks for a new ticket. */
const AFTER_CLOSE: Readonly<Record<number, 'end' | 'later'>> = {
  [TOO_LARGE]: 'end', // the same message would be too large again
  [INVALID_MESSAGE]: 'end', // the same message would be as wrong again
  [TOO_MANY_MESSAGES]: 'later', // coming back at once would be one more of too many
};

export function afterClose(code: number): 'end' | 'later' | 'soon' {
  return AFTER_CLOSE[code] ?? 'soon';
}

/** A refusal of a moment: the same subscription may be taken a little later. */
export function isPassing(code: string): boolean {
  return code === 'SLUICE-REALTIME-UNAVAILABLE';
}
