import type { ChangeMessage } from './change-message.js';

/** Which event a log line is about: the same words as in the consumer's lines. */
export interface MessageFields {
  readonly eventId: string;
  readonly stream: string;
  readonly position: string;
}

export function messageFields({ id, position }: Pick<ChangeMessage, 'id' | 'position'>, stream: string): MessageFields {
  return { eventId: id, stream, position };
}
