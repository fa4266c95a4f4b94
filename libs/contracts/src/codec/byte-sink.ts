const FIRST_BYTES = 64 * 1024;
/** A larger buffer, grown for one large document, is not kept: each process would hold its largest event for ever. */
const KEPT_BYTES = 1024 * 1024;
/** Who holds what was written holds the rest of the buffer as well, which nobody counts. */
const FULL_SHARE = 0.75;
/** Up to so many characters a loop is faster than calling into the runtime. */
const SHORT = 64;

/** Where bytes are written one behind the other, anew after each `start`. What was written is taken with `take`. */
export class ByteSink {
  protected bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  /** Of `bytes`. */
  protected view = viewOf(this.bytes);
  protected at = 0;

  /** `expected`: bytes that it will come to, about; a large one is then not moved on the way. */
  start(expected = 0): void {
    if (this.bytes.length > KEPT_BYTES) this.goOnIn(Buffer.allocUnsafe(FIRST_BYTES));
    if (this.bytes.length < expected) this.goOnIn(Buffer.allocUnsafe(expected));
    this.at = 0;
  }

  /** Bytes since `start`. */
  get length(): number {
    return this.at;
  }

  /** What was written since `start`, in memory of its own: a copy, or the buffer that is not kept, where it is about full. */
  take(): Buffer {
    const { bytes, at } = this;
    this.at = 0;
    if (bytes.length > KEPT_BYTES) {
      this.goOnIn(Buffer.allocUnsafe(FIRST_BYTES));
      if (at >= bytes.length * FULL_SHARE) return bytes.subarray(0, at);
    }
    const copy = Buffer.allocUnsafe(at);
    bytes.copy(copy, 0, 0, at);
    return copy;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** ASCII text. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length);
    if (length > SHORT) {
      this.at += this.bytes.write(text, this.at, 'latin1');
      return;
    }
    const { bytes } = this;
    let { at } = this;
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
    this.at = at;
  }

  protected reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + size));
    larger.set(this.bytes.subarray(0, this.at));
    this.goOnIn(larger);
  }

  private goOnIn(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
