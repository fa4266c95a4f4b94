import { Long, Timestamp } from 'bson';
import { BSON_TYPE } from './bson-type.js';
import type { BsonElement } from './bson-walker.js';
import { copyBytes, utf8Length, writeInt32, writeUtf8 } from './byte-copy.js';

/** What the builder encodes itself; a number must be an int32 (a `Long` says int64). Anything else comes raw. */
export type BsonSimpleValue = string | number | boolean | Date | Timestamp | Long | null | BsonBuilder;

/** Bytes of another document, to be copied. */
interface RawBytes {
  readonly bson: Uint8Array;
  readonly start: number;
  readonly end: number;
}

interface Field {
  readonly name: string;
  readonly type: number;
  /** Bytes of the value alone. */
  readonly size: number;
  readonly value: string | number | boolean | null | Long | RawBytes | BsonBuilder;
}

/**
 * Puts a BSON document together from values that are BSON already and a few plain ones, with one allocation at the
 * end: how a raw change becomes an envelope without being decoded. Fields keep the order in which they are added.
 */
export class BsonBuilder {
  private readonly fields: Field[] = [];
  private size = 5;

  /** Bytes of the whole document. */
  get byteLength(): number {
    return this.size;
  }

  /**
   * Adds the value of an element of `bson`, under its own name or another. The bytes are copied at `build`, so they
   * must not change before.
   */
  element(name: string, bson: Uint8Array, { type, start, end }: BsonElement): this {
    return this.add(name, type, end - start, { bson, start, end });
  }

  /** Adds a whole raw document as an embedded one. */
  document(name: string, bson: Uint8Array): this {
    return this.add(name, BSON_TYPE.document, bson.length, { bson, start: 0, end: bson.length });
  }

  /**
   * Adds a plain value, or what another builder holds; that one must be complete.
   * @throws RangeError for a number that is not an int32 (which type it should have is not ours to guess) and for a
   * date that is none
   */
  value(name: string, value: BsonSimpleValue): this {
    if (typeof value === 'string') return this.add(name, BSON_TYPE.string, utf8Length(value) + 5, value);
    if (typeof value === 'number') return this.add(name, BSON_TYPE.int32, 4, int32Of(name, value));
    if (typeof value === 'boolean') return this.add(name, BSON_TYPE.boolean, 1, value);
    if (value === null) return this.add(name, BSON_TYPE.null, 0, null);
    if (value instanceof BsonBuilder) return this.add(name, BSON_TYPE.document, value.size, value);
    if (value instanceof Date) return this.add(name, BSON_TYPE.date, 8, millisecondsOf(name, value));
    if (value instanceof Timestamp) return this.add(name, BSON_TYPE.timestamp, 8, new Long(value.i, value.t));
    return this.add(name, BSON_TYPE.int64, 8, value);
  }

  build(): Buffer {
    const target = Buffer.allocUnsafe(this.size);
    this.writeTo(target, 0);
    return target;
  }

  private add(name: string, type: number, size: number, value: Field['value']): this {
    if (name.includes('\0')) throw new RangeError('A BSON field name cannot hold a zero byte');
    this.fields.push({ name, type, size, value });
    this.size += 2 + utf8Length(name) + size;
    return this;
  }

  private writeTo(target: Buffer, offset: number): number {
    let at = writeInt32(target, this.size, offset);
    for (const field of this.fields) {
      target[at] = field.type;
      at = writeUtf8(target, field.name, at + 1);
      target[at++] = 0;
      at = this.writeValue(target, field, at);
    }
    target[at] = 0;
    return at + 1;
  }

  private writeValue(target: Buffer, { value, size }: Field, at: number): number {
    if (value === null) return at;
    if (typeof value === 'string') {
      const end = writeUtf8(target, value, writeInt32(target, size - 4, at));
      target[end] = 0;
      return end + 1;
    }
    if (typeof value === 'number') return writeInt32(target, value, at);
    if (typeof value === 'boolean') {
      target[at] = value ? 1 : 0;
      return at + 1;
    }
    if (value instanceof BsonBuilder) return value.writeTo(target, at);
    if (value instanceof Long) return writeInt32(target, value.high, writeInt32(target, value.low, at));
    return copyBytes(target, value.bson, value.start, value.end, at);
  }
}

function int32Of(name: string, value: number): number {
  if ((value | 0) !== value || Object.is(value, -0)) throw new RangeError(`${name}: ${value} is not an int32`);
  return value;
}

function millisecondsOf(name: string, date: Date): Long {
  const milliseconds = date.getTime();
  // bson would write 1970 for it.
  if (Number.isNaN(milliseconds)) throw new RangeError(`${name}: an invalid date`);
  return Long.fromNumber(milliseconds);
}
