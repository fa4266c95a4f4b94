import { Timestamp } from 'bson';
import type { BsonElement } from '../codec/bson-walker.js';
import { writeElement } from '../codec/extended-json.writer.js';
import { JsonSink } from '../codec/json-sink.js';
import type { EnvelopeWriter, FieldValue } from './envelope.fields.js';

const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;

/**
 * Writes bodies as Extended JSON, one after the other into the same buffer: a body becomes neither text nor parts on its
 * way, and what it leaves behind is its own bytes alone.
 */
export class JsonBodyWriter implements EnvelopeWriter {
  private readonly sink = new JsonSink();
  private isFirst = true;

  /** A new body, of about so many bytes of BSON; what an earlier one left unfinished, because it was malformed, is gone. */
  start(bytes = 0): this {
    this.sink.start(Math.ceil(bytes * 1.25));
    this.sink.byte(OPEN);
    this.isFirst = true;
    return this;
  }

  finish(): Buffer {
    this.sink.byte(CLOSE);
    return this.sink.take();
  }

  raw(name: string, bson: Uint8Array, element: BsonElement): void {
    this.name(name);
    writeElement(this.sink, bson, element);
  }

  /** Our own numbers are small counts: plain in JSON, so that a reader without Extended JSON can use them. */
  value(name: string, value: FieldValue): void {
    const { sink } = this;
    this.name(name);
    if (typeof value === 'string') sink.quoted(value);
    else if (typeof value === 'number') sink.int32(value);
    else if (typeof value === 'boolean') sink.ascii(value ? 'true' : 'false');
    else if (value instanceof Timestamp) this.timestamp(value);
    else this.date(value);
  }

  begin(name: string): void {
    this.name(name);
    this.sink.byte(OPEN);
    this.isFirst = true;
  }

  end(): void {
    this.sink.byte(CLOSE);
    this.isFirst = false;
  }

  private timestamp({ t, i }: Timestamp): void {
    const { sink } = this;
    sink.ascii('{"$timestamp":{"t":');
    sink.natural(t);
    sink.ascii(',"i":');
    sink.natural(i);
    sink.ascii('}}');
  }

  private date(date: Date): void {
    const { sink } = this;
    const milliseconds = date.getTime();
    sink.ascii('{"$date":{"$numberLong":"');
    if (milliseconds >= 0) sink.natural(milliseconds);
    else sink.ascii(String(milliseconds));
    sink.ascii('"}}');
  }

  /** Names are the envelope's own: ASCII, with nothing to escape. */
  private name(name: string): void {
    const { sink } = this;
    if (!this.isFirst) sink.byte(COMMA);
    this.isFirst = false;
    sink.byte(QUOTE);
    sink.ascii(name);
    sink.byte(QUOTE);
    sink.byte(COLON);
  }
}
