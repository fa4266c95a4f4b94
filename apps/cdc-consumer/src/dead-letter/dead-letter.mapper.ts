import { DEAD_LETTER_HEADERS, REPLAY_HEADERS } from '@sluice/contracts';
import { thrownParts } from '@sluice/handlers';
import type { MessageProperties, Options } from 'amqplib';
import type { DeadLetter } from './dead-letter.js';
import { headerSize } from './header-size.plan.js';

const MAX_TEXT_BYTES = 4_096;
const MAX_NAME_BYTES = 256;
/** amqplib encodes headers into 64 KiB and throws beyond, at every attempt; half of that leaves room for ours. */
const MAX_OWN_HEADERS_BYTES = 32_768;

/** Headers by which RabbitMQ routes copies elsewhere: a foreign message's must not spread its dead letter. */
const ROUTING_HEADERS = ['CC', 'BCC'];
/** Not of the message: of the way that it took to us after an earlier failure. */
const LEFT_BEHIND = new Set<string>([...ROUTING_HEADERS, ...Object.values(REPLAY_HEADERS)]);

/**
 * Properties that a dead letter takes over. Left out is what would do harm: `userId` (refused unless it is our own
 * user, for ever) and `expiration` (the letter would vanish).
 */
const KEPT = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'replyTo',
  'messageId',
  'timestamp',
  'type',
  'appId',
  'priority',
] as const;

/** The message's own properties and headers, with the failure in headers beside them. */
export function deadLetterProperties(letter: DeadLetter, group: string, id: string): Options.Publish {
  const { properties } = letter.delivery;
  return {
    ...keptProperties(properties),
    headers: { ...ownHeaders(properties.headers ?? {}), ...failureHeaders(letter, group, id) },
    persistent: true,
  };
}

/** A message's own properties, as far as they may go on to another queue. */
export function keptProperties(properties: MessageProperties): Options.Publish {
  return present(Object.fromEntries(KEPT.map((name) => [name, properties[name] as unknown])));
}

/** As many as there is room for; the names of the others stand in their place. */
function ownHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  const leftOut: string[] = [];
  let room = MAX_OWN_HEADERS_BYTES;
  for (const [name, value] of Object.entries(headers)) {
    if (LEFT_BEHIND.has(name)) continue;
    const size = headerSize(name, value);
    if (size > room) {
      leftOut.push(name);
      continue;
    }
    room -= size;
    kept.push([name, value]);
  }
  if (leftOut.length > 0) kept.push([DEAD_LETTER_HEADERS.leftOut, bounded(leftOut.join(', '), MAX_TEXT_BYTES)]);
  return Object.fromEntries(kept);
}

function failureHeaders(letter: DeadLetter, group: string, id: string): Record<string, string | number> {
  const { name, message, stack } = thrownParts(letter.error);
  return present({
    [DEAD_LETTER_HEADERS.id]: id,
    [DEAD_LETTER_HEADERS.reason]: letter.reason,
    [DEAD_LETTER_HEADERS.group]: group,
    [DEAD_LETTER_HEADERS.handler]: letter.handler === undefined ? undefined : bounded(letter.handler, MAX_NAME_BYTES),
    [DEAD_LETTER_HEADERS.errorName]: bounded(name, MAX_NAME_BYTES),
    [DEAD_LETTER_HEADERS.errorMessage]: bounded(message, MAX_TEXT_BYTES),
    [DEAD_LETTER_HEADERS.errorStack]: stack === undefined ? undefined : bounded(stack, MAX_TEXT_BYTES),
    [DEAD_LETTER_HEADERS.attempts]: letter.attempts,
    [DEAD_LETTER_HEADERS.firstFailedAt]: letter.firstFailedAt.toISOString(),
    [DEAD_LETTER_HEADERS.lastFailedAt]: letter.lastFailedAt.toISOString(),
  });
}

/** Cut at whole characters: the broker refuses what is not UTF-8 in some of its tools. */
function bounded(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  return new TextDecoder().decode(bytes.subarray(0, maxBytes - 3), { stream: true });
}

function present<T>(fields: Record<string, T | undefined>): Record<string, T> {
  const defined = Object.entries(fields).filter((entry): entry is [string, T] => entry[1] !== undefined);
  return Object.fromEntries(defined);
}
