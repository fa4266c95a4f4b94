import { MAX_DEPTH } from './bson-type.js';
import { NOT_COMPACT, readCompactValue } from './compact-wrapper.reader.js';
import { dbRefOf } from './db-ref.js';
import { JsonScanner } from './json-scanner.js';
import { numberOfLiteral } from './number-text.js';
import { WRAPPER_NAMES } from './wrapper-names.js';
import { typedValueOf } from './wrapper-value.js';

const QUOTE = 0x22;
const DOLLAR = 0x24;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The deepest value of the deepest document may itself be written as objects: `{ $date: { $numberLong: … } }`. */
const DEEPEST = MAX_DEPTH + 2;

export interface ExtendedJsonReadOptions {
  /**
   * true, the default: values come as from the driver with `promoteLongs: false`, so int32 and double as numbers, a
   * symbol as a string, a document that looks like a DBRef as one. false: nothing is promoted (Int32, Double,
   * BSONSymbol, the document as it stands), and the value serialises to the bytes that it came from.
   */
  promoteNumbers?: boolean;
}

/**
 * Reads Extended JSON v2, canonical or relaxed, and plain JSON, to BSON's types. `$numberLong` is always a Long, and
 * so is a plain integer beyond 2^53, since a number would round it.
 * @throws MalformedExtendedJsonError for text that is not JSON, typed values that are not what the specification
 * says, names that BSON cannot hold, and more levels than MongoDB stores.
 */
export function parseExtendedJson(text: string, options: ExtendedJsonReadOptions = {}): unknown {
  return new ExtendedJsonReader(text, options.promoteNumbers ?? true).read();
}

class ExtendedJsonReader {
  private readonly scanner: JsonScanner;

  constructor(
    text: string,
    private readonly promotes: boolean,
  ) {
    this.scanner = new JsonScanner(text);
  }

  read(): unknown {
    const value = this.value(1, false);
    if (!Number.isNaN(this.scanner.next())) throw this.scanner.unexpected();
    return value;
  }

  /** `isScope`: a scope is a document even where it looks like a DBRef. */
  private value(depth: number, isScope: boolean): unknown {
    const scanner = this.scanner;
    switch (scanner.next()) {
      case QUOTE:
        return scanner.string();
      case OPEN_OBJECT:
        return this.object(depth, isScope);
      case OPEN_ARRAY:
        return this.array(depth);
      case 0x74:
        scanner.literal('true');
        return true;
      case 0x66:
        scanner.literal('false');
        return false;
      case 0x6e:
        scanner.literal('null');
        return null;
      default:
        return numberOfLiteral(scanner.number(), this.promotes);
    }
  }

  private array(depth: number): unknown[] {
    const scanner = this.scanner;
    const values: unknown[] = [];
    this.open(depth);
    if (scanner.next() === CLOSE_ARRAY) {
      scanner.at++;
      return values;
    }
    do values.push(this.value(depth + 1, false));
    while (this.goesOn(CLOSE_ARRAY));
    return values;
  }

  private object(depth: number, isScope: boolean): unknown {
    const scanner = this.scanner;
    if (scanner.text.charCodeAt(scanner.at + 2) === DOLLAR) {
      const value = readCompactValue(scanner, this.promotes);
      if (value !== NOT_COMPACT) return value;
    }
    this.open(depth);
    return this.fields(depth, isScope);
  }

  private fields(depth: number, isScope: boolean): unknown {
    const scanner = this.scanner;
    const fields: Record<string, unknown> = {};
    let isWrapper = false;
    let hasDollar = false;
    if (scanner.next() === CLOSE_OBJECT) {
      scanner.at++;
      return fields;
    }
    do {
      if (scanner.next() !== QUOTE) throw scanner.unexpected();
      // A stored field that is named like a wrapper has its dollar escaped: see `WRAPPER_NAMES`.
      const isBare = scanner.text.charCodeAt(scanner.at + 1) === DOLLAR;
      const name = scanner.name();
      const isOwn = isBare && WRAPPER_NAMES.has(name);
      isWrapper ||= isOwn && name !== '$scope';
      hasDollar ||= name.charCodeAt(0) === DOLLAR;
      setField(fields, name, this.value(depth + 1, isOwn && name === '$scope'));
    } while (this.goesOn(CLOSE_OBJECT));
    if (!hasDollar) return fields;
    if (isWrapper) return this.typed(fields);
    return (this.promotes && !isScope && dbRefOf(fields)) || fields;
  }

  private typed(fields: Record<string, unknown>): unknown {
    if (fields.$undefined === true && Object.keys(fields).length === 1) return undefined;
    let value: unknown;
    try {
      value = typedValueOf(fields, this.promotes);
    } catch (cause) {
      throw this.scanner.malformed(`${Object.keys(fields).join(', ')} with a wrong value`, cause);
    }
    if (value === undefined) throw this.scanner.malformed(`${Object.keys(fields).join(', ')} with a wrong value`);
    return value;
  }

  private open(depth: number): void {
    if (depth > DEEPEST) throw this.scanner.malformed(`more than ${MAX_DEPTH} levels`);
    this.scanner.at++;
  }

  /** Behind a value: true at a comma, false at the end of the object or array. */
  private goesOn(closing: number): boolean {
    const code = this.scanner.next();
    if (code !== COMMA && code !== closing) throw this.scanner.unexpected();
    this.scanner.at++;
    return code === COMMA;
  }
}

/** `__proto__` is a field's name like any other; assigned, it would change the object's prototype. */
function setField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(fields, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    fields[name] = value;
  }
}
