import { REPLAY_HEADERS } from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';

/** Names one handler's work on one event. An operator's replay is a work of its own, with attempts of its own. */
export interface CallMark {
  readonly handler: string;
  readonly event: string;
  /** The dead letter that it was; null for an event that comes from its stream. */
  readonly letter: string | null;
}

type Message = Pick<Delivery, 'properties'>;

export function callMark(handler: string, event: string, message: Message): CallMark {
  return { handler, event, letter: letterOf(message) };
}

/** Names a message whenever it is delivered again; nothing for one without an id, which no stream sends. */
export function deliveryMark(message: Message): string | undefined {
  const id: unknown = message.properties.messageId;
  if (typeof id !== 'string' || id === '') return undefined;
  const letter = letterOf(message);
  return letter === null ? id : `${id} ${letter}`;
}

function letterOf({ properties }: Message): string | null {
  const letter: unknown = properties.headers?.[REPLAY_HEADERS.letter];
  return typeof letter === 'string' ? letter : null;
}
