import { z } from 'zod';
import { changeEventSchema, type ChangeEvent } from '../change-event.js';
import { encodeChangeEvent } from '../envelope/envelope.encoder.js';
import {
  APP_ID,
  CONTENT_TYPE_JSON,
  DEAD_LETTER_HEADERS,
  DEAD_LETTER_REASONS,
  HEADER_CLAIM,
  HEADER_EPOCH,
  HEADER_POSITION,
  HEADER_STREAM,
  MESSAGE_TYPE,
} from '../names.js';
import { positionKey } from '../position.js';
import type { AsyncApiMessage } from './async-api.types.js';
import { EVENT_EXAMPLES } from './event.examples.js';
import { namedSchemas, referenceTo, type JsonSchema } from './wire.schema.js';

/** Of every kind of event. */
export const eventSchemas = changeEventSchema.options;
type EventSchema = (typeof eventSchemas)[number];

/** What an event's message is called: `insert`, `gap`. */
export function operationOf(schema: EventSchema): ChangeEvent['operation'] {
  return schema.shape.operation.value;
}

/** A message for each kind of event. */
export function eventMessages(): Record<string, AsyncApiMessage> {
  return Object.fromEntries(eventSchemas.map((schema) => [operationOf(schema), eventMessage(schema)]));
}

/** Any of them, as it came to a handler, with its failure in headers beside its own. */
export function deadLetterMessage(): AsyncApiMessage {
  return {
    name: 'deadLetter',
    title: 'A message that will not be handled, and why',
    summary: 'Body and properties are those of the message, whatever it was',
    contentType: CONTENT_TYPE_JSON,
    headers: { type: 'object', properties: { ...EVENT_HEADERS, ...FAILURE_HEADERS } },
    payload: { anyOf: [...eventSchemas.map(bodyOf), { description: 'What is no change event of ours' }] },
  };
}

export function eventComponents(): Record<string, JsonSchema> {
  return namedSchemas(eventSchemas, true);
}

function eventMessage(schema: EventSchema): AsyncApiMessage {
  const operation = operationOf(schema);
  return {
    name: operation,
    title: TITLES[operation],
    contentType: CONTENT_TYPE_JSON,
    headers: { type: 'object', properties: EVENT_HEADERS, required: [HEADER_STREAM, HEADER_POSITION, HEADER_EPOCH] },
    payload: bodyOf(schema),
    bindings: { amqp: { messageType: MESSAGE_TYPE, bindingVersion: '0.3.0' } },
    examples: EVENT_EXAMPLES.filter((event) => event.operation === operation).map(exampleOf),
  };
}

/** Nest's own body, so that a stock microservice reads it. */
function bodyOf(schema: z.ZodType): JsonSchema {
  return {
    type: 'object',
    properties: {
      pattern: { type: 'string', description: 'As the routing key, without the bucket, never shortened' },
      data: referenceTo(schema),
    },
    required: ['pattern', 'data'],
  };
}

function exampleOf(event: ChangeEvent) {
  const payload: unknown = JSON.parse(encodeChangeEvent(event).body.toString());
  const headers = {
    [HEADER_STREAM]: event.stream,
    [HEADER_POSITION]: positionKey(event.position),
    [HEADER_EPOCH]: event.source.epoch,
  };
  return { name: event.operation, headers, payload };
}

const TITLES: Readonly<Record<ChangeEvent['operation'], string>> = {
  insert: 'A document was inserted',
  update: 'Fields of a document changed',
  replace: 'A document was replaced whole',
  delete: 'A document was deleted',
  read: 'A document as a snapshot found it',
  drop: 'A collection was dropped',
  rename: 'A collection was renamed',
  dropDatabase: 'A database was dropped',
  invalidate: 'The change stream ended, because what it followed was dropped or renamed',
  gap: 'Changes between two times are lost to the stream',
};

const text = (description: string): JsonSchema => ({ type: 'string', description });

const EVENT_HEADERS: Readonly<Record<string, JsonSchema>> = {
  [HEADER_STREAM]: text('The stream that captured it'),
  [HEADER_POSITION]: text('Its place in the stream; sorts as text'),
  [HEADER_EPOCH]: { type: 'integer', description: 'Goes up each time a producer takes the stream' },
  [HEADER_CLAIM]: text(`The file in the state database with what the message had no room for (${APP_ID} claim check)`),
  traceparent: text('https://www.w3.org/TR/trace-context/, where tracing is on'),
};

const FAILURE_HEADERS: Readonly<Record<string, JsonSchema>> = {
  [DEAD_LETTER_HEADERS.id]: text('Of the dead letter'),
  [DEAD_LETTER_HEADERS.reason]: { type: 'string', enum: [...DEAD_LETTER_REASONS] },
  [DEAD_LETTER_HEADERS.group]: text('The group that gave it up'),
  [DEAD_LETTER_HEADERS.handler]: text('The handler that failed; missing where none saw it'),
  [DEAD_LETTER_HEADERS.errorName]: text('The class of what it threw'),
  [DEAD_LETTER_HEADERS.errorMessage]: text('What it said'),
  [DEAD_LETTER_HEADERS.errorStack]: text('Where it was thrown'),
  [DEAD_LETTER_HEADERS.attempts]: { type: 'integer', description: 'Calls of the handler' },
  [DEAD_LETTER_HEADERS.firstFailedAt]: { type: 'string', format: 'date-time' },
  [DEAD_LETTER_HEADERS.lastFailedAt]: { type: 'string', format: 'date-time' },
  [DEAD_LETTER_HEADERS.leftOut]: text('Names of headers of the message that there was no room for'),
};
