import { Decimal128 } from 'bson';
import { writeInt32 } from './byte-copy.js';

/** So many digits are exact in a double. */
const SHORT_DIGITS = 15;
const EXPONENT_BIAS = 6176;
const TWO_POW_32 = 0x1_0000_0000;

/**
 * Reads a Decimal128. bson's own parser takes about as long as the rest of a small document, so plain short decimals
 * (amounts) go another way; a property test holds the two together.
 * @throws BSONError for text that is no decimal
 */
export function decimalOf(text: string): Decimal128 {
  return (text.length <= SHORT_DIGITS + 2 && shortDecimalOf(text)) || Decimal128.fromString(text);
}

/** Undefined for anything but `-123.45` in few digits. */
function shortDecimalOf(text: string): Decimal128 | undefined {
  const negative = text.charCodeAt(0) === 0x2d;
  const first = negative ? 1 : 0;
  let coefficient = 0;
  let point = -1;
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) coefficient = coefficient * 10 + code - 0x30;
    else if (code === 0x2e && point < 0 && at > first && at < text.length - 1) point = at;
    else return undefined;
  }
  const digits = text.length - first - (point < 0 ? 0 : 1);
  if (digits < 1 || digits > SHORT_DIGITS) return undefined;
  return decimalFrom(negative, coefficient, point < 0 ? 0 : point + 1 - text.length);
}

function decimalFrom(negative: boolean, coefficient: number, exponent: number): Decimal128 {
  const bytes = Buffer.allocUnsafe(16);
  writeInt32(bytes, coefficient | 0, 0);
  writeInt32(bytes, Math.floor(coefficient / TWO_POW_32), 4);
  writeInt32(bytes, 0, 8);
  writeInt32(bytes, ((exponent + EXPONENT_BIAS) << 17) | (negative ? 0x8000_0000 : 0), 12);
  return new Decimal128(bytes);
}
