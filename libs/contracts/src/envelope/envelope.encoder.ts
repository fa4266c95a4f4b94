import { BSON, Long, Timestamp } from 'bson';
import { BsonBuilder } from '../codec/bson-builder.js';
import { extendedJsonOf, extendedJsonOfElement } from '../codec/extended-json.writer.js';
import type { ChangeEvent } from '../change-event.js';
import { CONTENT_TYPE_BSON, CONTENT_TYPE_JSON } from '../names.js';
import { patternOf } from '../pattern.js';
import { envelopeFields, type Capture, type Field, type FieldValue } from './envelope.fields.js';
import type { RawChange } from './raw-change.js';

/** How a message's body is written: Extended JSON for everyone, BSON for speed; neither loses anything. */
export type MessageFormat = 'json' | 'bson';

export interface EncodedMessage {
  readonly body: Buffer;
  readonly contentType: string;
}

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
  const fields = envelopeFields(change, capture);
  if (format === 'bson') {
    const data = builderOf(fields, change.bson);
    return {
      body: new BsonBuilder().value('pattern', pattern).value('data', data).build(),
      contentType: CONTENT_TYPE_BSON,
    };
  }
  return jsonMessage(pattern, jsonOf(fields, change.bson));
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

function builderOf(fields: readonly Field[], bson: Uint8Array): BsonBuilder {
  const builder = new BsonBuilder();
  for (const [name, raw, value] of fields) {
    if (raw !== undefined) builder.element(name, bson, raw);
    else if (isFields(value)) builder.value(name, builderOf(value, bson));
    else builder.value(name, value);
  }
  return builder;
}

function jsonOf(fields: readonly Field[], bson: Uint8Array): string {
  let json = '';
  for (const [name, raw, value] of fields) {
    const text =
      raw !== undefined ? extendedJsonOfElement(bson, raw) : isFields(value) ? jsonOf(value, bson) : jsonOfValue(value);
    json += `${json === '' ? '' : ','}"${name}":${text}`;
  }
  return `{${json}}`;
}

/** Our own numbers are small counts: plain in JSON, so that a reader without Extended JSON can use them. */
function jsonOfValue(value: Exclude<FieldValue, readonly Field[]>): string {
  if (value instanceof Date) return `{"$date":{"$numberLong":"${value.getTime()}"}}`;
  if (value instanceof Timestamp) return `{"$timestamp":{"t":${value.t},"i":${value.i}}}`;
  if (value instanceof Long) return `{"$numberLong":"${value.toString()}"}`;
  return JSON.stringify(value);
}

function isFields(value: FieldValue): value is readonly Field[] {
  return Array.isArray(value);
}
