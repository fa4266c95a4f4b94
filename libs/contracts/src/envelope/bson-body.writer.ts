import { Timestamp } from 'bson';
import { BSON_TYPE } from '../codec/bson-type.js';
import type { BsonElement } from '../codec/bson-walker.js';
import { BsonSink } from '../codec/bson-sink.js';
import type { EnvelopeWriter, FieldValue } from './envelope.fields.js';

/** Writes bodies as BSON, one after the other into the same buffer. */
export class BsonBodyWriter implements EnvelopeWriter {
  private readonly sink = new BsonSink();
  /** Where each document begins that is being written, the outermost first. */
  private readonly open: number[] = [];

  /** A new body, of about so many bytes of BSON; what an earlier one left unfinished, because it was malformed, is gone. */
  start(bytes = 0): this {
    this.sink.start(bytes);
    this.open.length = 0;
    this.open.push(this.sink.beginDocument());
    return this;
  }

  finish(): Buffer {
    this.end();
    return this.sink.take();
  }

  raw(name: string, bson: Uint8Array, { type, start, end }: BsonElement): void {
    this.sink.head(type, name);
    this.sink.bytesOf(bson, start, end);
  }

  value(name: string, value: FieldValue): void {
    const { sink } = this;
    if (typeof value === 'string') {
      sink.head(BSON_TYPE.string, name);
      sink.string(value);
    } else if (typeof value === 'number') {
      sink.head(BSON_TYPE.int32, name);
      sink.int32(int32Of(name, value));
    } else if (typeof value === 'boolean') {
      sink.head(BSON_TYPE.boolean, name);
      sink.byte(value ? 1 : 0);
    } else if (value instanceof Timestamp) {
      sink.head(BSON_TYPE.timestamp, name);
      sink.int32(value.i);
      sink.int32(value.t);
    } else {
      sink.head(BSON_TYPE.date, name);
      sink.int64(value.getTime());
    }
  }

  begin(name: string): void {
    this.sink.head(BSON_TYPE.document, name);
    this.open.push(this.sink.beginDocument());
  }

  end(): void {
    const start = this.open.pop();
    if (start !== undefined) this.sink.endDocument(start);
  }
}

function int32Of(name: string, value: number): number {
  if ((value | 0) !== value) throw new RangeError(`${name}: ${value} is not an int32`);
  return value;
}
