import type { OutgoingMessage } from './outgoing-message.js';

type Properties = OutgoingMessage['properties'];

/** Longest text in a property or a routing key (AMQP 0-9-1, 4.2.5.3). */
const SHORT_STRING_BYTES = 255;
/** Beyond it amqplib decides: it refuses headers that no frame has room for. */
const MOST_HEADER_BYTES = 16 * 1024;
const INT32 = 0x8000_0000;

const TEXTS = ['contentType', 'messageId', 'type', 'appId'] as const satisfies readonly (keyof Properties)[];
const KNOWN: ReadonlySet<string> = new Set<keyof Properties>([
  ...TEXTS,
  'headers',
  'persistent',
  'mandatory',
  'timestamp',
]);

/** A message of which `PublishFrames` knows everything. */
export interface PlainMessage extends OutgoingMessage {
  readonly properties: Omit<Properties, 'headers'> & { readonly headers?: Readonly<Record<string, string | number>> };
}

/** Whether a message has nothing but the properties, and nothing but texts and int32 in its headers, that ours have. */
export function isPlain(message: OutgoingMessage): message is PlainMessage {
  const { exchange, routingKey, properties } = message;
  for (const name in properties) if (!KNOWN.has(name)) return false;
  for (const name of TEXTS) if (!isShort(properties[name] ?? '')) return false;
  const { timestamp = 0 } = properties;
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) return false;
  return (
    isShort(exchange) &&
    isShort(routingKey) &&
    areHeadersPlain(properties.headers as Readonly<Record<string, unknown>> | undefined)
  ); // amqplib's types say `any`
}

function areHeadersPlain(headers: Readonly<Record<string, unknown>> | undefined): boolean {
  let most = 0;
  for (const name in headers) {
    const value = headers[name];
    if (!isShort(name) || !(typeof value === 'string' || isInt32(value))) return false;
    most += 3 * (name.length + (typeof value === 'string' ? value.length : 0));
  }
  return most <= MOST_HEADER_BYTES;
}

/** A character is at most three bytes of UTF-8, so most texts need no counting. */
function isShort(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  return text.length * 3 <= SHORT_STRING_BYTES || Buffer.byteLength(text) <= SHORT_STRING_BYTES;
}

function isInt32(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= -INT32 && Number(value) < INT32;
}
