import { int32At } from './bson-bounds.js';

const EXPONENT_BIAS = 6176;
const MOST_DIGITS = 34;
/** Coefficients above 34 digits are not canonical and mean zero (IEEE 754-2008, 3.5.2). */
const LARGEST_COEFFICIENT = 10n ** 34n - 1n;
const SIX_ZEROS = '000000';

/** A finite Decimal128 is `coefficient * 10 ** exponent`. */
export interface FiniteDecimal {
  readonly kind: 'finite';
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
}
export type DecimalParts =
  FiniteDecimal | { readonly kind: 'infinity'; readonly negative: boolean } | { readonly kind: 'nan' };

/** Takes apart the Decimal128 whose 16 bytes start at `at` (binary integer decimal, little endian). */
export function decimalPartsAt(bson: Uint8Array, at: number): DecimalParts {
  const high = int32At(bson, at + 12);
  const negative = high < 0;
  const combination = (high >>> 26) & 0x1f;
  if (combination === 31) return { kind: 'nan' };
  if (combination === 30) return { kind: 'infinity', negative };
  if (combination >= 24)
    return { kind: 'finite', negative, coefficient: 0n, exponent: ((high >>> 15) & 0x3fff) - EXPONENT_BIAS };
  const coefficient = coefficientOf(high & 0x1ffff, int32At(bson, at + 8), int32At(bson, at + 4), int32At(bson, at));
  return {
    kind: 'finite',
    negative,
    coefficient: coefficient > LARGEST_COEFFICIENT ? 0n : coefficient,
    exponent: ((high >>> 17) & 0x3fff) - EXPONENT_BIAS,
  };
}

/** The text that Extended JSON gives a Decimal128: IEEE's scientific string, which keeps trailing zeros. */
export function decimalTextAt(bson: Uint8Array, at: number): string {
  return smallDecimalTextAt(bson, at) ?? textOf(decimalPartsAt(bson, at));
}

/** Most amounts fit a double exactly, which is several times faster than BigInt; undefined for the others. */
function smallDecimalTextAt(bson: Uint8Array, at: number): string | undefined {
  const high = int32At(bson, at + 12);
  const middle = int32At(bson, at + 4) >>> 0;
  if ((high & 0x1ffff) !== 0 || int32At(bson, at + 8) !== 0 || middle >= 0x200000) return undefined;
  if (((high >>> 26) & 0x1f) >= 24) return undefined;
  const digits = String(middle * 0x1_0000_0000 + (int32At(bson, at) >>> 0));
  const magnitude = magnitudeText(digits, ((high >>> 17) & 0x3fff) - EXPONENT_BIAS);
  return high < 0 ? `-${magnitude}` : magnitude;
}

function textOf(parts: DecimalParts): string {
  if (parts.kind === 'nan') return 'NaN';
  const sign = parts.negative ? '-' : '';
  if (parts.kind === 'infinity') return `${sign}Infinity`;
  return sign + magnitudeText(String(parts.coefficient), parts.exponent);
}

function magnitudeText(digits: string, exponent: number): string {
  const scientific = digits.length - 1 + exponent;
  if (exponent > 0 || scientific >= MOST_DIGITS || scientific < -SIX_ZEROS.length) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits.slice(0, 1)}${fraction}E${scientific > 0 ? '+' : ''}${scientific}`;
  }
  if (exponent === 0) return digits;
  const point = digits.length + exponent;
  if (point > 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  return `0.${SIX_ZEROS.slice(0, -point)}${digits}`;
}

function coefficientOf(high: number, midHigh: number, midLow: number, low: number): bigint {
  const upper = (BigInt(high) << 32n) | BigInt(midHigh >>> 0);
  return (upper << 64n) | (BigInt(midLow >>> 0) << 32n) | BigInt(low >>> 0);
}
