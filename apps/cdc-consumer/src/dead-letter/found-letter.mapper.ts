import { createHash } from 'node:crypto';
import {
  DEAD_LETTER_HEADERS,
  decodeChangeEvent,
  HEADER_POSITION,
  HEADER_STREAM,
  namespaceName,
  positionKey,
  type ChangeEvent,
  type DeadLetterDetail,
  type DeadLetterFilter,
  type DeadLetterStatus,
} from '@sluice/contracts';
import type { Message } from 'amqplib';

const MAX_BODY_BYTES = 1024 * 1024;

/** Which event a letter holds, as far as it says. */
export type LetterEvent = Pick<DeadLetterStatus, 'eventId' | 'stream' | 'position'>;

export function letterEvent(message: Message): LetterEvent {
  return identityOf(message, readableEvent(message));
}

/** A dead letter as the admin HTTP shows it. */
export function letterStatus(message: Message): DeadLetterStatus {
  const { properties, content } = message;
  const header = (name: string) => textOf(properties.headers?.[name]);
  const event = readableEvent(message);
  const ns = event?.ns;
  return {
    id: letterId(message),
    reason: header(DEAD_LETTER_HEADERS.reason),
    handler: header(DEAD_LETTER_HEADERS.handler),
    ...identityOf(message, event),
    operation: event?.operation ?? null,
    namespace: ns?.db === undefined ? null : namespaceName({ ...ns, db: ns.db }),
    errorName: header(DEAD_LETTER_HEADERS.errorName),
    errorMessage: header(DEAD_LETTER_HEADERS.errorMessage),
    attempts: numberOf(properties.headers?.[DEAD_LETTER_HEADERS.attempts]),
    firstFailedAt: header(DEAD_LETTER_HEADERS.firstFailedAt),
    lastFailedAt: header(DEAD_LETTER_HEADERS.lastFailedAt),
    bytes: content.length,
  };
}

export function letterDetail(message: Message): DeadLetterDetail {
  const { properties, content } = message;
  const contentType = textOf(properties.contentType);
  return {
    ...letterStatus(message),
    errorStack: textOf(properties.headers?.[DEAD_LETTER_HEADERS.errorStack]),
    contentType,
    body: content.subarray(0, MAX_BODY_BYTES).toString(contentType?.includes('json') === true ? 'utf8' : 'base64'),
  };
}

/** Its own; one that the broker put there has none, and is named after what it holds. */
export function letterId({ properties, content }: Message): string {
  const own = textOf(properties.headers?.[DEAD_LETTER_HEADERS.id]);
  if (own !== null) return own;
  const hash = createHash('sha256').update(String(properties.messageId)).update(content);
  return `broker-${hash.digest('hex').slice(0, 32)}`;
}

/** Whether a letter is one of those that are meant. Times compare as text: all are ISO in UTC. */
export function fits(letter: DeadLetterStatus, filter: DeadLetterFilter): boolean {
  const { handler, reason, namespace, since, until } = filter;
  return (
    (handler === undefined || letter.handler === handler) &&
    (reason === undefined || letter.reason === reason) &&
    (namespace === undefined || letter.namespace === namespace) &&
    (since === undefined || (letter.lastFailedAt !== null && Date.parse(letter.lastFailedAt) >= Date.parse(since))) &&
    (until === undefined || (letter.lastFailedAt !== null && Date.parse(letter.lastFailedAt) < Date.parse(until)))
  );
}

/** What cannot be read may still have come from a stream: its headers say which, and where. */
function identityOf({ properties: { headers } }: Message, event: ChangeEvent | undefined): LetterEvent {
  if (event !== undefined) return { eventId: event.id, stream: event.stream, position: positionKey(event.position) };
  return { eventId: null, stream: textOf(headers?.[HEADER_STREAM]), position: textOf(headers?.[HEADER_POSITION]) };
}

function readableEvent({ content, properties }: Message): ChangeEvent | undefined {
  try {
    return decodeChangeEvent(content, properties.contentType as string | undefined).event;
  } catch {
    return undefined; // that is what it is a dead letter for
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
