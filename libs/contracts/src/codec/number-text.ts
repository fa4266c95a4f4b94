import { Double, Int32, Long } from 'bson';

const TWO_POW_32 = 0x1_0000_0000;
/** So many digits are exact in a double. */
const SHORT_DIGITS = 15;
const INTEGER = /^[-+]?\d+$/;

/** What `$numberInt` holds; undefined for anything that is not an int32 in decimal. */
export function int32Of(text: string): number | undefined {
  const value = shortIntegerOf(text);
  return value !== undefined && (value | 0) === value ? value : undefined;
}

/** What `$numberLong` holds; undefined for anything that is not an int64 in decimal. */
export function longOf(text: string): Long | undefined {
  const short = shortIntegerOf(text);
  if (short !== undefined) return new Long(short | 0, Math.floor(short / TWO_POW_32));
  if (!INTEGER.test(text) || text.length > 64) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? Long.fromBigInt(value) : undefined;
}

/** What `$numberDouble` holds; undefined for anything that is not a double in decimal. */
export function doubleOf(text: string): number | undefined {
  const value = Number(text);
  if (Number.isNaN(value)) return text === 'NaN' ? value : undefined;
  if (text === 'Infinity' || text === '-Infinity') return value;
  return text !== '' && hasDecimalCharactersOnly(text) ? value : undefined;
}

/**
 * A plain JSON number. One that is written as an integer beyond 2^53 becomes a Long, since a number would round it;
 * where numbers are not promoted, an integer takes the smallest type that holds it, as bson's own reader does it.
 */
export function numberOfLiteral(text: string, promotes: boolean): unknown {
  const value = Number(text);
  const isInteger = Number.isInteger(value) && !Object.is(value, -0);
  if (isInteger && !Number.isSafeInteger(value)) return longOf(text) ?? (promotes ? value : new Double(value));
  if (promotes) return value;
  if (!isInteger) return new Double(value);
  return (value | 0) === value ? new Int32(value) : Long.fromNumber(value);
}

/** Undefined where it is not an integer, or too long to be exact. */
function shortIntegerOf(text: string): number | undefined {
  const isNegative = text.charCodeAt(0) === 0x2d;
  const length = text.length;
  let at = isNegative ? 1 : 0;
  if (length === at || length > SHORT_DIGITS) return undefined;
  let value = 0;
  for (; at < length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return isNegative && value !== 0 ? -value : value;
}

/** Keeps out what `Number` would take beside decimals: white space, `0x10`. */
function hasDecimalCharactersOnly(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isDigit && code !== 0x2e && code !== 0x2d && code !== 0x2b && code !== 0x65 && code !== 0x45) return false;
  }
  return true;
}
