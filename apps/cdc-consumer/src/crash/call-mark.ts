import { REPLAY_HEADERS } from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';

/** Names one handler's work on one event. An operator's replay is a work of its own, with attempts of its own. */
export interface CallMark {
  readonly handler: string;
  readonly event: string;
  /** The dead letter that it was; null for an event that comes from its stream. */
  readonly letter: string | null;
}

export function callMark(handler: string, event: string, { properties }: Pick<Delivery, 'properties'>): CallMark {
  const letter: unknown = properties.headers?.[REPLAY_HEADERS.letter];
  return { handler, event, letter: typeof letter === 'string' ? letter : null };
}
