import { Double, Int32, ObjectId, Timestamp } from 'bson';
import { decimalOf } from './decimal128-text.js';
import type { JsonScanner } from './json-scanner.js';
import { doubleOf, int32Of, longOf } from './number-text.js';

/** The object is not one of these; it has to be read as any other. */
export const NOT_COMPACT = Symbol('not compact');

const OBJECT_ID = '{"$oid":"';
const INT32 = '{"$numberInt":"';
const INT64 = '{"$numberLong":"';
const DOUBLE = '{"$numberDouble":"';
const DECIMAL = '{"$numberDecimal":"';
const DATE = '{"$date":{"$numberLong":"';
const QUOTE = 0x22;
const CLOSE_OBJECT = 0x7d;
const TIMESTAMP = /\{"\$timestamp":\{"t":(\d{1,10}),"i":(\d{1,10})\}\}/y;

/**
 * Reads the commonest typed values in the spelling that writers of canonical Extended JSON give them, without making
 * the object they are written as: that is most of what reading canonical Extended JSON costs. Whatever is spelled
 * otherwise, or wrong, is left to the general reader and its errors.
 */
export function readCompactValue(scanner: JsonScanner, promotes: boolean): unknown {
  const { text, at } = scanner;
  switch (text.charCodeAt(at + 3)) {
    case 0x6f:
      return readCompact(scanner, OBJECT_ID, 1, objectIdOf);
    case 0x6e:
      return readNumber(scanner, promotes);
    case 0x64:
      return readCompact(scanner, DATE, 2, dateOf);
    case 0x74:
      return readTimestamp(scanner);
    default:
      return NOT_COMPACT;
  }
}

function readNumber(scanner: JsonScanner, promotes: boolean): unknown {
  const { text, at } = scanner;
  switch (text.charCodeAt(at + 9)) {
    case 0x49:
      return readCompact(scanner, INT32, 1, promotes ? int32Of : int32ObjectOf);
    case 0x4c:
      return readCompact(scanner, INT64, 1, longOf);
    default:
      return text.charCodeAt(at + 10) === 0x6f
        ? readCompact(scanner, DOUBLE, 1, promotes ? doubleOf : doubleObjectOf)
        : readCompact(scanner, DECIMAL, 1, decimalOrUndefined);
  }
}

/** `closings`: how many braces follow the content's quote. */
function readCompact(
  scanner: JsonScanner,
  opening: string,
  closings: number,
  read: (content: string) => unknown,
): unknown {
  const { text, at } = scanner;
  if (!text.startsWith(opening, at)) return NOT_COMPACT;
  const start = at + opening.length;
  const end = scanner.plainEnd(start);
  if (text.charCodeAt(end) !== QUOTE || text.charCodeAt(end + 1) !== CLOSE_OBJECT) return NOT_COMPACT;
  if (closings === 2 && text.charCodeAt(end + 2) !== CLOSE_OBJECT) return NOT_COMPACT;
  const value = read(text.slice(start, end));
  if (value === undefined) return NOT_COMPACT;
  scanner.at = end + 1 + closings;
  return value;
}

function readTimestamp(scanner: JsonScanner): unknown {
  TIMESTAMP.lastIndex = scanner.at;
  const match = TIMESTAMP.exec(scanner.text);
  if (match === null) return NOT_COMPACT;
  const t = Number(match[1]);
  const i = Number(match[2]);
  if (t > 0xffff_ffff || i > 0xffff_ffff) return NOT_COMPACT;
  scanner.at = TIMESTAMP.lastIndex;
  return new Timestamp({ t, i });
}

function objectIdOf(hex: string): ObjectId | undefined {
  return ObjectId.isValid(hex) ? new ObjectId(hex) : undefined;
}

function dateOf(text: string): Date | undefined {
  const milliseconds = longOf(text);
  return milliseconds === undefined ? undefined : new Date(milliseconds.toNumber());
}

function int32ObjectOf(text: string): Int32 | undefined {
  const value = int32Of(text);
  return value === undefined ? undefined : new Int32(value);
}

function doubleObjectOf(text: string): Double | undefined {
  const value = doubleOf(text);
  return value === undefined ? undefined : new Double(value);
}

function decimalOrUndefined(text: string): unknown {
  try {
    return decimalOf(text);
  } catch {
    return undefined;
  }
}
