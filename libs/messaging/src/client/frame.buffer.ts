/** Pieces are handed on at this size: large enough that a message's share of the work behind them is small. */
const PIECE_BYTES = 64 * 1024;
/** Up to so many characters a loop is faster than calling into the runtime. */
const SHORT = 64;

/**
 * Bytes on their way to a channel. Frames of many messages are written one behind the other into one piece of memory,
 * and handed on together: a write and an allocation for each is what most of amqplib's sending costs. What has been
 * handed on is never touched again, because the socket may still be reading it.
 */
export class FrameBuffer {
  private bytes = Buffer.allocUnsafe(PIECE_BYTES);
  private at = 0;
  /** Everything before has been handed on. */
  private handedOn = 0;
  /** Where the message begins that is being written. */
  private begun = 0;

  constructor(private readonly handOn: (piece: Buffer) => void) {}

  get position(): number {
    return this.at - this.begun;
  }

  /** A message begins, of about so many bytes; what was written of one before it is complete. */
  begin(expectedBytes: number): void {
    this.begun = this.at;
    this.reserve(expectedBytes);
  }

  /** Hands on all that is complete. */
  flush(): void {
    this.begun = this.at;
    this.handOnComplete();
    if (this.bytes.length > PIECE_BYTES) this.renew(0); // made for a large message, and not kept for the next one
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  uint16(value: number): void {
    this.reserve(2);
    this.bytes[this.at++] = value >>> 8;
    this.bytes[this.at++] = value;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.putUint32(this.at, value);
    this.at += 4;
  }

  /** For a whole number below 2^53. */
  uint64(value: number): void {
    this.uint32(Math.floor(value / 0x1_0000_0000));
    this.uint32(value >>> 0);
  }

  /** Writes over four bytes at a position of the message. */
  patchUint32(position: number, value: number): void {
    this.putUint32(this.begun + position, value);
  }

  patchByte(position: number, value: number): void {
    this.bytes[this.begun + position] = value;
  }

  /** The text as UTF-8; answers how many bytes it is. */
  text(text: string): number {
    const { length } = text;
    this.reserve(3 * length);
    const from = this.at;
    if (length <= SHORT && this.putAscii(text)) return length;
    this.at = from + this.bytes.write(text, from);
    return this.at - from;
  }

  /** The bytes `[start, end)` of `source`. */
  copy(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.at);
    this.at += end - start;
  }

  /** Whether the text was ASCII, and is written. */
  private putAscii(text: string): boolean {
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

  private putUint32(at: number, value: number): void {
    const { bytes } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  private reserve(size: number): void {
    if (this.at + size > this.bytes.length) this.renew(size);
  }

  /** The message that is being written moves to new memory, and what is complete before it is handed on. */
  private renew(size: number): void {
    this.handOnComplete();
    const { bytes, begun, at } = this;
    const written = at - begun;
    this.bytes = Buffer.allocUnsafe(Math.max(PIECE_BYTES, written + size));
    bytes.copy(this.bytes, 0, begun, at);
    this.handedOn = this.begun = 0;
    this.at = written;
  }

  private handOnComplete(): void {
    if (this.handedOn === this.begun) return;
    this.handOn(this.bytes.subarray(this.handedOn, this.begun));
    this.handedOn = this.begun;
  }
}
