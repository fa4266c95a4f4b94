import { ByteSink } from './byte-sink.js';

/** Up to so many bytes a loop is faster than calling into the runtime. */
const SHORT = 64;

/** Where BSON is written (https://bsonspec.org/spec.html), in one pass: a document's length is put in at its end. */
export class BsonSink extends ByteSink {
  /** Answers what `endDocument` asks for. */
  beginDocument(): number {
    const start = this.at;
    this.int32(0);
    return start;
  }

  endDocument(start: number): void {
    this.byte(0);
    this.putInt32(start, this.at - start);
  }

  /** A field's type and name; its value follows. The name is ours: ASCII, without a zero byte. */
  head(type: number, name: string): void {
    this.byte(type);
    this.ascii(name);
    this.byte(0);
  }

  /** A string's value: its length, its bytes, and the zero byte behind them. */
  string(text: string): void {
    const start = this.at;
    this.reserve(4 + 3 * text.length + 1); // bytes of UTF-8 for a unit of UTF-16
    this.at += 4;
    if (!this.putShortAscii(text)) this.at += this.bytes.write(text, this.at);
    this.bytes[this.at++] = 0;
    this.putInt32(start, this.at - start - 4);
  }

  int32(value: number): void {
    this.reserve(4);
    this.putInt32(this.at, value);
    this.at += 4;
  }

  /** A whole number within ±2^53. */
  int64(value: number): void {
    this.int32(value | 0);
    this.int32(Math.floor(value / 0x1_0000_0000));
  }

  /** The bytes `[start, end)` of `source`. */
  bytesOf(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    let { at } = this;
    if (end - start > SHORT) bytes.set(source.subarray(start, end), at);
    else for (let i = start; i < end; i++) bytes[at++] = source[i] ?? 0;
    this.at += end - start;
  }

  private putShortAscii(text: string): boolean {
    if (text.length > SHORT) return false;
    const { bytes } = this;
    let { at } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      bytes[at++] = code;
    }
    this.at = at;
    return true;
  }

  private putInt32(at: number, value: number): void {
    this.view.setInt32(at, value, true);
  }
}
