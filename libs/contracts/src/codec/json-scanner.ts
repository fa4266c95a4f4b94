import { FieldNameCache } from './field-name-cache.js';
import { MalformedExtendedJsonError } from './malformed-extended-json.error.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** A string cut out of a larger one keeps all of that in memory; from here on strings are copied instead. */
const SHARED_TEXT_LENGTH = 16 * 1024;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const fieldNames = new FieldNameCache();

/** Reads the tokens of a JSON text (RFC 8259), front to back. */
export class JsonScanner {
  at = 0;
  private readonly copies: boolean;

  constructor(readonly text: string) {
    this.copies = text.length > SHARED_TEXT_LENGTH;
  }

  /** Character code of the next token's first character, which stays unread; NaN at the end. */
  next(): number {
    const text = this.text;
    let at = this.at;
    let code = text.charCodeAt(at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
    this.at = at;
    return code;
  }

  expect(code: number): void {
    if (this.next() !== code) throw this.unexpected();
    this.at++;
  }

  /** Reads `word` if it stands here. */
  literal(word: string): void {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected();
    this.at += word.length;
  }

  /** The digits of a number as they stand. */
  number(): string {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) throw this.unexpected();
    this.at += match[0].length;
    return match[0];
  }

  /** A string; its opening quote stands here. */
  string(): string {
    const start = this.at + 1;
    const end = this.plainEnd(start);
    if (this.text.charCodeAt(end) !== QUOTE) return this.escaped(start, end);
    this.at = end + 1;
    return this.copies && end - start > 12 ? this.decoded(start - 1, end + 1) : this.text.slice(start, end);
  }

  /** A field's name and its colon; the opening quote stands here. */
  name(): string {
    const text = this.text;
    const start = this.at + 1;
    let end = start;
    let hash = 0;
    let code = text.charCodeAt(end);
    while (code !== QUOTE && code !== BACKSLASH && code >= 0x20) {
      hash = (Math.imul(hash, 31) + code) | 0;
      code = text.charCodeAt(++end);
    }
    let name: string;
    if (code === QUOTE) {
      this.at = end + 1;
      name = fieldNames.nameAt(text, start, end, hash);
    } else {
      name = this.escaped(start, end);
      if (name.includes('\0')) throw this.malformed('a field name with a zero byte, which BSON cannot hold');
    }
    this.expect(0x3a);
    return name;
  }

  /** First character from `start` that is not plain: the closing quote, a backslash, or one that may not stand here. */
  plainEnd(start: number): number {
    const text = this.text;
    let end = start;
    let code = text.charCodeAt(end);
    // At the end of the text the code is NaN, which is not >= anything.
    while (code !== QUOTE && code !== BACKSLASH && code >= 0x20) code = text.charCodeAt(++end);
    return end;
  }

  unexpected(): MalformedExtendedJsonError {
    const found = this.text.charAt(this.at);
    return this.malformed(found === '' ? 'the text ends too early' : `${JSON.stringify(found)} is not expected here`);
  }

  malformed(what: string, cause?: unknown): MalformedExtendedJsonError {
    return new MalformedExtendedJsonError(`Malformed Extended JSON: ${what} (character ${this.at})`, { cause });
  }

  private escaped(start: number, from: number): string {
    let end = from;
    while (this.text.charCodeAt(end) === BACKSLASH) end = this.plainEnd(end + 2);
    this.at = end;
    if (this.text.charCodeAt(end) !== QUOTE) throw this.unexpected();
    this.at = end + 1;
    return this.decoded(start - 1, end + 1);
  }

  /** The runtime knows the escapes, and its strings share no memory with the text. */
  private decoded(start: number, end: number): string {
    try {
      return String(JSON.parse(this.text.slice(start, end)));
    } catch (cause) {
      throw this.malformed('an escape that JSON does not have', cause);
    }
  }
}
