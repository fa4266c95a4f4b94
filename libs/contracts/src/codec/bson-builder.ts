import { Long, Timestamp } from 'bson';
import { BSON_TYPE } from './bson-type.js';
import type { BsonElement } from './bson-walker.js';

/** What the builder encodes itself; a number must be an int32 (a `Long` says int64). Anything else comes raw. */
export type BsonSimpleValue = string | number | boolean | Date | Timestamp | Long | null | BsonBuilder;

interface Field {
  readonly name: string;
  readonly type: number;
  /** Bytes of the value alone. */
  readonly size: number;
  /** Writes the value at `at`. */
  readonly write: (target: Buffer, at: number) => void;
}

/**
 * Puts a BSON document together from values that are BSON already and a few plain ones, with one allocation at the
 * end: how a raw change becomes an envelope without being decoded. Fields keep the order in which they are added.
 */
export class BsonBuilder {
  private readonly fields: Field[] = [];
  private size = 5;

  /** Adds the value of an element of `bson` under another name, or its own; the bytes are copied at `build`. */
  element(name: string, bson: Uint8Array, { type, start, end }: BsonElement): this {
    return this.add(name, type, end - start, (target, at) => target.set(bson.subarray(start, end), at));
  }

  /** Adds a whole raw document as an embedded one. */
  document(name: string, bson: Uint8Array): this {
    return this.add(name, BSON_TYPE.document, bson.length, (target, at) => target.set(bson, at));
  }

  /** @throws RangeError for a number that is not an int32: which type it should have is not ours to guess. */
  value(name: string, value: BsonSimpleValue): this {
    if (value === null) return this.add(name, BSON_TYPE.null, 0, () => undefined);
    if (typeof value === 'string') return this.text(name, value);
    if (typeof value === 'boolean') {
      return this.add(name, BSON_TYPE.boolean, 1, (target, at) => target.writeUInt8(value ? 1 : 0, at));
    }
    if (typeof value === 'number') return this.int32(name, value);
    if (value instanceof BsonBuilder) {
      return this.add(name, BSON_TYPE.document, value.byteLength, (target, at) => value.writeTo(target, at));
    }
    if (value instanceof Date) return this.int64(name, BSON_TYPE.date, Long.fromNumber(value.getTime()));
    if (value instanceof Timestamp) return this.int64(name, BSON_TYPE.timestamp, { low: value.i, high: value.t });
    return this.int64(name, BSON_TYPE.int64, value);
  }

  /** Bytes of the whole document. */
  get byteLength(): number {
    return this.size;
  }

  build(): Buffer {
    const target = Buffer.allocUnsafe(this.size);
    this.writeTo(target, 0);
    return target;
  }

  private writeTo(target: Buffer, offset: number): void {
    let at = target.writeInt32LE(this.size, offset);
    for (const { name, type, size, write } of this.fields) {
      at = target.writeUInt8(type, at);
      at += target.write(name, at);
      at = target.writeUInt8(0, at);
      write(target, at);
      at += size;
    }
    target.writeUInt8(0, at);
  }

  private add(name: string, type: number, size: number, write: Field['write']): this {
    if (name.includes('\0')) throw new RangeError('A BSON field name cannot hold a zero byte');
    this.fields.push({ name, type, size, write });
    this.size += 2 + Buffer.byteLength(name) + size;
    return this;
  }

  private text(name: string, value: string): this {
    const bytes = Buffer.byteLength(value);
    return this.add(name, BSON_TYPE.string, bytes + 5, (target, at) => {
      target.writeInt32LE(bytes + 1, at);
      target.write(value, at + 4);
      target.writeUInt8(0, at + 4 + bytes);
    });
  }

  private int32(name: string, value: number): this {
    if ((value | 0) !== value || Object.is(value, -0)) throw new RangeError(`${name}: ${value} is not an int32`);
    return this.add(name, BSON_TYPE.int32, 4, (target, at) => target.writeInt32LE(value, at));
  }

  private int64(name: string, type: number, { low, high }: { low: number; high: number }): this {
    return this.add(name, type, 8, (target, at) => {
      target.writeInt32LE(low | 0, at);
      target.writeInt32LE(high | 0, at + 4);
    });
  }
}
