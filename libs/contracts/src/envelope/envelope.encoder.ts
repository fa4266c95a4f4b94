import { BSON } from 'bson';
import { BsonBuilder } from '../codec/bson-builder.js';
import { extendedJsonOf } from '../codec/extended-json.writer.js';
import type { ChangeEvent } from '../change-event.js';
import { CONTENT_TYPE_BSON, CONTENT_TYPE_JSON } from '../names.js';
import { patternOf } from '../pattern.js';
import { BsonBodyWriter } from './bson-body.writer.js';
import { writeEnvelope, type Capture } from './envelope.fields.js';
import { JsonBodyWriter } from './json-body.writer.js';
import type { RawChange } from './raw-change.js';

/** How a message's body is written: Extended JSON for everyone, BSON for speed; neither loses anything. */
export type MessageFormat = 'json' | 'bson';

export interface EncodedMessage {
  readonly body: Buffer;
  readonly contentType: string;
}

/** Of a body beside its event: names, an id, a position. */
const HEADS_BYTES = 1024;

/** One of each for the process: writing is synchronous, and each body begins it anew. */
const jsonBody = new JsonBodyWriter();
const bsonBody = new BsonBodyWriter();

/**
 * Writes a raw change as the body of a message, Nest's `{pattern, data}`. The documents go from MongoDB's bytes to the
 * message's without becoming objects in between.
 * @throws MalformedBsonError
 */
export function encodeRawChange(
  change: RawChange,
  capture: Capture,
  pattern: string,
  format: MessageFormat,
): EncodedMessage {
  const body = (format === 'bson' ? bsonBody : jsonBody).start(bytesToWrite(change));
  body.value('pattern', pattern);
  body.begin('data');
  writeEnvelope(change, capture, body);
  body.end();
  return { body: body.finish(), contentType: format === 'bson' ? CONTENT_TYPE_BSON : CONTENT_TYPE_JSON };
}

/** About as many as the event has and what is beside it; nobody knows how many where fields are omitted. */
function bytesToWrite({ bson, omitted }: RawChange): number {
  return omitted === undefined ? bson.length + HEADS_BYTES : 0;
}

/** Writes an event that exists as an object: a gap, a test's event. */
export function encodeChangeEvent(event: ChangeEvent, format: MessageFormat = 'json'): EncodedMessage {
  const pattern = patternOf(event);
  const data = BSON.serialize(event, { ignoreUndefined: true });
  if (format === 'json') return jsonMessage(pattern, extendedJsonOf(data));
  return {
    body: new BsonBuilder().value('pattern', pattern).document('data', data).build(),
    contentType: CONTENT_TYPE_BSON,
  };
}

function jsonMessage(pattern: string, data: string): EncodedMessage {
  return { body: Buffer.from(`{"pattern":${JSON.stringify(pattern)},"data":${data}}`), contentType: CONTENT_TYPE_JSON };
}
