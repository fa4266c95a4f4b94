import { z } from 'zod';
import { documentOf } from '../codec/bson-value.js';
import { utf8At } from '../codec/bson-text.js';
import { parseExtendedJson } from '../codec/extended-json.reader.js';
import { changeEventSchema, type ChangeEvent, type DocumentEvent } from '../change-event.js';
import { CONTENT_TYPE_BSON, CONTENT_TYPE_JSON } from '../names.js';
import { isOrdinaryDocumentEvent } from './document-event.check.js';
import { thrownMessage } from '../thrown.js';

/** A message on our queue that is not a change event of a version we know; `message` says where it departs from one. */
export class UnreadableMessageError extends Error {
  readonly code = 'SLUICE-MESSAGE-UNREADABLE';
  constructor(what: string, options?: ErrorOptions) {
    super(`not a change event: ${what}`, options);
    this.name = 'UnreadableMessageError';
  }
}

const messageSchema = z.object({ pattern: z.string(), data: changeEventSchema });

/**
 * Reads the body of a message: Extended JSON unless the content type says BSON. Values come in BSON's types (ObjectId,
 * Date, Long, Decimal128); int32 and double as numbers.
 * @throws UnreadableMessageError
 */
export function decodeChangeEvent(
  body: Uint8Array,
  contentType: string | undefined,
): { pattern: string; event: ChangeEvent } {
  const message = readBody(body, contentType);
  if (isOrdinaryMessage(message)) return { pattern: message.pattern, event: message.data };
  const parsed = messageSchema.safeParse(message);
  if (!parsed.success) throw new UnreadableMessageError(describeFaults(parsed.error));
  return { pattern: parsed.data.pattern, event: parsed.data.data };
}

function isOrdinaryMessage(message: unknown): message is { pattern: string; data: DocumentEvent } {
  if (typeof message !== 'object' || message === null || !('pattern' in message) || !('data' in message)) return false;
  return typeof message.pattern === 'string' && isOrdinaryDocumentEvent(message.data);
}

function readBody(body: Uint8Array, contentType: string | undefined): unknown {
  try {
    if (contentType === CONTENT_TYPE_BSON) return documentOf(body);
    if (contentType === undefined || contentType.startsWith(CONTENT_TYPE_JSON)) {
      return parseExtendedJson(utf8At(body, 0, body.length));
    }
  } catch (cause) {
    throw new UnreadableMessageError(thrownMessage(cause), { cause });
  }
  throw new UnreadableMessageError(
    `content type "${contentType}"; allowed are ${CONTENT_TYPE_JSON} and ${CONTENT_TYPE_BSON}`,
  );
}

/** The first faults, each with where it is. */
export function describeFaults(error: z.ZodError): string {
  const issues = error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`);
  return issues.join('; ');
}
