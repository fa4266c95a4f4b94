import type { Caller } from '@sluice/platform';

/** How long a browser may stay away from its stream and come back to it with the ticket that it has. */
export const RETURN_MS = 300_000;

/** What lets a browser back to its stream of server-sent events. */
export interface StreamPass {
  readonly caller: Caller;
  /** Of the ticket. */
  readonly digest: string;
  /** Goes along in the ids of the stream's messages. */
  readonly returnKey: string;
}
