import { malformed } from './bson-bounds.js';
import { ByteSink } from './byte-sink.js';
import { isUtf8Between } from './utf8.js';

/** Up to so many characters a loop is faster than calling into the runtime. */
const SHORT = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Of each of a word's four bytes. */
const HIGH_BITS = 0x80808080;
const HEX = Buffer.from('0123456789abcdef', 'latin1');
/** Not to be escaped: 0; the escape's letter; or 1 for `\u00xx`. */
const KIND = byteKinds();
const NOTHING: Uint8Array = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

/**
 * Where JSON is written as bytes. BSON's text is UTF-8 already, so strings go over without becoming JavaScript's
 * first, which is most of what a codec spends.
 */
export class JsonSink extends ByteSink {
  private onlyAscii = true;
  /** What was read from last, and its view: most of a document comes from one source. */
  private source = NOTHING;
  private sourceView = NO_VIEW;

  override start(expected = 0): void {
    super.start(expected);
    this.letGo(); // what came before may have broken off
    this.onlyAscii = true;
  }

  /** What was written since `start`, as text. */
  text(): string {
    this.letGo();
    return this.bytes.toString(this.onlyAscii ? 'latin1' : 'utf8', 0, this.at);
  }

  override take(): Buffer {
    this.letGo();
    return super.take();
  }

  /** Bytes that need no escaping. */
  raw(source: Uint8Array): void {
    const length = source.length;
    this.reserve(length);
    const bytes = this.bytes;
    let at = this.at;
    for (let i = 0; i < length; i++) bytes[at++] = source[i] ?? 0;
    this.at = at;
  }

  /** Any text as a JSON string with its quotes. */
  quoted(text: string): void {
    if (text.length <= SHORT && this.quotedPlain(text)) return;
    const json = JSON.stringify(text);
    const most = 3 * json.length; // bytes of UTF-8 for a unit of UTF-16
    this.reserve(most);
    const written = this.bytes.write(json, this.at, 'utf8');
    if (written !== json.length) this.onlyAscii = false;
    this.at += written;
  }

  /** An int32 in decimal. */
  int32(value: number): void {
    if (value < 0) {
      this.byte(0x2d);
      value = -value;
    }
    this.digits(value, 1);
  }

  /** A non-negative integer below 2^53 in decimal. */
  natural(value: number): void {
    if (value < 1e7) return this.digits(value, 1);
    const high = Math.floor(value / 1e7);
    if (high < 1e7) this.digits(high, 1);
    else {
      this.digits(Math.floor(high / 1e7), 1);
      this.digits(high % 1e7, 7);
    }
    this.digits(value - high * 1e7, 7);
  }

  /** The bytes `[start, end)` in hexadecimal. */
  hex(source: Uint8Array, start: number, end: number): void {
    this.reserve(2 * (end - start));
    const bytes = this.bytes;
    let at = this.at;
    for (let i = start; i < end; i++) {
      const value = source[i] ?? 0;
      bytes[at++] = HEX[value >> 4] ?? 0;
      bytes[at++] = HEX[value & 15] ?? 0;
    }
    this.at = at;
  }

  /** UTF-8 `[start, end)` as a JSON string with its quotes, escaped as `JSON.stringify` does; four bytes at once. */
  string(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start + 2);
    const from = this.viewOf(source);
    let { bytes, view, at } = this;
    let seen = 0;
    bytes[at++] = QUOTE;
    for (let i = start; i < end;) {
      for (; i + 4 <= end; i += 4, at += 4) {
        const word = from.getInt32(i, true);
        if (isToBeEscaped(word)) break;
        view.setInt32(at, word, true);
        seen |= word;
      }
      for (const stop = Math.min(i + 4, end); i < stop; i++) {
        const value = source[i] ?? 0;
        const kind = KIND[value] ?? 0;
        if (kind === 0) {
          bytes[at++] = value;
          seen |= value;
          continue;
        }
        this.at = at;
        // At most six bytes for this one, one for each of the rest, and the closing quote.
        this.reserve(6 + (end - i));
        ({ bytes, view } = this);
        this.escape(value, kind);
        at = this.at;
      }
    }
    bytes[at++] = QUOTE;
    this.at = at;
    if ((seen & HIGH_BITS) !== 0) this.beyondAscii(source, start, end);
  }

  private viewOf(source: Uint8Array): DataView {
    if (this.source !== source) {
      this.source = source;
      this.sourceView = new DataView(source.buffer, source.byteOffset, source.length);
    }
    return this.sourceView;
  }

  /** A reply of the server is large, and does not live on for the last of its documents. */
  private letGo(): void {
    this.source = NOTHING;
    this.sourceView = NO_VIEW;
  }

  /** Whether the text has nothing to escape and nothing beyond ASCII, and is written. */
  private quotedPlain(text: string): boolean {
    this.reserve(text.length + 2);
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80 || KIND[code] !== 0) return false;
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.at = at;
    return true;
  }

  private escape(value: number, kind: number): void {
    const bytes = this.bytes;
    bytes[this.at++] = BACKSLASH;
    if (kind !== 1) {
      bytes[this.at++] = kind;
      return;
    }
    this.ascii('u00');
    bytes[this.at++] = HEX[value >> 4] ?? 0;
    bytes[this.at++] = HEX[value & 15] ?? 0;
  }

  private beyondAscii(source: Uint8Array, start: number, end: number): void {
    this.onlyAscii = false;
    if (!isUtf8Between(source, start, end)) throw malformed('text that is not UTF-8', start);
  }

  private digits(value: number, width: number): void {
    this.reserve(10);
    let count = 1;
    for (let limit = 10; count < 10 && value >= limit; limit *= 10) count++;
    if (count < width) count = width;
    const bytes = this.bytes;
    this.at += count;
    for (let at = this.at - 1; count > 0; count--) {
      const rest = Math.floor(value / 10);
      bytes[at--] = 0x30 + value - rest * 10;
      value = rest;
    }
  }
}

/**
 * Whether any of a word's four bytes is a control character, a quote or a backslash: in each of the three a byte's
 * highest bit is set by the loan that it takes (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord).
 */
function isToBeEscaped(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const loans =
    ((word - 0x20202020) & ~word) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash);
  return (loans & HIGH_BITS) !== 0;
}

function byteKinds(): Uint8Array {
  const kinds = new Uint8Array(256);
  kinds.fill(1, 0, 0x20);
  const letters: Record<string, string> = {
    '"': '"',
    '\\': '\\',
    '\b': 'b',
    '\t': 't',
    '\n': 'n',
    '\f': 'f',
    '\r': 'r',
  };
  for (const [character, letter] of Object.entries(letters)) kinds[character.charCodeAt(0)] = letter.charCodeAt(0);
  return kinds;
}
