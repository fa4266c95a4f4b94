import { Decimal128 } from 'bson';

/** So many digits are exact in a double. */
const SHORT_DIGITS = 15;
const EXPONENT_BIAS = 6176;
const SHORT_DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Reads a Decimal128. bson's own parser takes about as long as the rest of a small document, so plain short decimals
 * (amounts) go another way; a property test holds the two together.
 * @throws BSONError for text that is no decimal
 */
export function decimalOf(text: string): Decimal128 {
  const match = text.length <= SHORT_DIGITS + 2 ? SHORT_DECIMAL.exec(text) : null;
  if (match === null) return Decimal128.fromString(text);
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = whole + fraction;
  if (digits.length > SHORT_DIGITS) return Decimal128.fromString(text);
  return shortDecimal(sign !== '', Number(digits), -fraction.length);
}

function shortDecimal(negative: boolean, coefficient: number, exponent: number): Decimal128 {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(coefficient % 0x1_0000_0000, 0);
  bytes.writeUInt32LE(Math.floor(coefficient / 0x1_0000_0000), 4);
  bytes.writeUInt32LE((exponent + EXPONENT_BIAS) * 0x2_0000 + (negative ? 0x8000_0000 : 0), 12);
  return new Decimal128(bytes);
}
