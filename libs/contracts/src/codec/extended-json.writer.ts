import { cstringEnd, documentEnd, malformed, valueEnd } from './bson-bounds.js';
import { utf8At } from './bson-text.js';
import { BSON_TYPE, MAX_DEPTH } from './bson-type.js';
import type { BsonElement } from './bson-walker.js';
import { writeScalar } from './extended-json-scalar.writer.js';
import { JsonSink } from './json-sink.js';
import { WRAPPER_NAMES } from './wrapper-names.js';

const COLON = 0x3a;
const COMMA = 0x2c;
const DOLLAR = 0x24;

const ESCAPED_DOLLAR = Buffer.from('"\\u0024', 'latin1');
const CODE = Buffer.from('{"$code":', 'latin1');
const SCOPE = Buffer.from(',"$scope":', 'latin1');

/** One for all that is written here: writing is synchronous, and each call begins it anew. */
const whole = new JsonSink();

export interface ExtendedJsonWriteOptions {
  /** Where the document begins. */
  offset?: number;
}

/**
 * Canonical Extended JSON v2 of a raw BSON document, written in one pass over its bytes. It is what
 * `EJSON.stringify` of the decoded document gives, except where that loses something: fields keep their order and
 * their repetitions, and undefined, DBPointer, DBRefs, dates beyond JavaScript's and fields that are named like
 * Extended JSON's own keep what they are (see the tests).
 * @throws MalformedBsonError for bytes that are not BSON, text that is not UTF-8, and more than 200 levels.
 */
export function extendedJsonOf(bson: Uint8Array, options: ExtendedJsonWriteOptions = {}): string {
  writeWhole(bson, options.offset ?? 0);
  return whole.text();
}

/** The same as UTF-8, without making a string of it: what a message's body wants. */
export function extendedJsonBytesOf(bson: Uint8Array, options: ExtendedJsonWriteOptions = {}): Buffer {
  writeWhole(bson, options.offset ?? 0);
  return whole.take();
}

/** Writes one value of any type as Canonical Extended JSON v2. @throws MalformedBsonError */
export function writeElement(sink: JsonSink, bson: Uint8Array, element: BsonElement): void {
  const end = valueEnd(bson, element.type, element.start, Math.min(element.end, bson.length));
  writeValue(sink, bson, element.type, element.start, end, 0);
}

function writeWhole(bson: Uint8Array, offset: number): void {
  const end = documentEnd(bson, offset, bson.length);
  whole.start();
  writeFields(whole, bson, offset, end, false, 1);
}

function writeFields(
  sink: JsonSink,
  bson: Uint8Array,
  offset: number,
  end: number,
  isArray: boolean,
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} levels`, offset);
  const last = end - 1;
  let at = offset + 4;
  sink.byte(isArray ? 0x5b : 0x7b);
  for (let first = true; at < last; first = false) {
    if (!first) sink.byte(COMMA);
    const type = bson[at] ?? 0;
    const nameEnd = cstringEnd(bson, at + 1, last);
    if (!isArray) writeName(sink, bson, at + 1, nameEnd);
    const next = valueEnd(bson, type, nameEnd + 1, last);
    writeValue(sink, bson, type, nameEnd + 1, next, depth);
    at = next;
  }
  if (at !== last) throw malformed('its last field reaches past its end', at);
  sink.byte(isArray ? 0x5d : 0x7d);
}

function writeName(sink: JsonSink, bson: Uint8Array, start: number, end: number): void {
  if (bson[start] === DOLLAR && WRAPPER_NAMES.has(utf8At(bson, start, end))) {
    sink.raw(ESCAPED_DOLLAR);
    sink.raw(bson.subarray(start + 1, end));
    sink.byte(0x22);
  } else {
    sink.string(bson, start, end);
  }
  sink.byte(COLON);
}

function writeValue(sink: JsonSink, bson: Uint8Array, type: number, start: number, end: number, depth: number): void {
  switch (type) {
    case BSON_TYPE.string:
      return sink.string(bson, start + 4, end - 1);
    case BSON_TYPE.document:
      return writeFields(sink, bson, start, end, false, depth + 1);
    case BSON_TYPE.array:
      return writeFields(sink, bson, start, end, true, depth + 1);
    case BSON_TYPE.codeWithScope:
      return writeCodeWithScope(sink, bson, start, end, depth);
    default:
      writeScalar(sink, bson, type, start, end);
  }
}

function writeCodeWithScope(sink: JsonSink, bson: Uint8Array, start: number, end: number, depth: number): void {
  const scope = valueEnd(bson, BSON_TYPE.code, start + 4, end);
  sink.raw(CODE);
  sink.string(bson, start + 8, scope - 1);
  sink.raw(SCOPE);
  writeFields(sink, bson, scope, end, false, depth + 1);
  sink.byte(0x7d);
}
