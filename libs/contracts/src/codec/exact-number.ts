import { int32At } from './bson-bounds.js';
import { BSON_TYPE } from './bson-type.js';
import { decimalPartsAt } from './decimal128-parts.js';
import { doubleAt } from './double-bits.js';

const MANTISSA_BITS = 52n;
const INT64_DIGITS = 19;

/**
 * A number by its value alone, whatever its BSON type: MongoDB takes int32 1, int64 1, double 1.0 and the decimals
 * 1, 1.0 and 1E0 for the same `_id`. An integer that fits int64 is a bigint; any other number a text that is the same
 * for equal values: its exact decimal digits without trailing zeros, `NaN`, or an infinity.
 */
export type ExactNumber = bigint | string;

export function isNumberType(type: number): boolean {
  return (
    type === BSON_TYPE.int32 || type === BSON_TYPE.int64 || type === BSON_TYPE.double || type === BSON_TYPE.decimal128
  );
}

/** The exact value of the number of `type` at `at`. */
export function exactNumberAt(bson: Uint8Array, type: number, at: number): ExactNumber {
  switch (type) {
    case BSON_TYPE.int32:
      return BigInt(int32At(bson, at));
    case BSON_TYPE.int64:
      return (BigInt(int32At(bson, at + 4)) << 32n) | BigInt(int32At(bson, at) >>> 0);
    case BSON_TYPE.double:
      return exactDouble(doubleAt(bson, at));
    default:
      return exactDecimal(bson, at);
  }
}

function exactDouble(value: number): ExactNumber {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return exactInteger(BigInt(value));
  const bits = doubleBits(value);
  const biased = (bits >> MANTISSA_BITS) & 0x7ffn;
  const fraction = bits & ((1n << MANTISSA_BITS) - 1n);
  const mantissa = biased === 0n ? fraction : fraction | (1n << MANTISSA_BITS);
  // A fraction in binary is mantissa / 2^n, which is mantissa * 5^n / 10^n.
  const halvings = 1075n - (biased === 0n ? 1n : biased);
  return exactText(value < 0, mantissa * 5n ** halvings, -Number(halvings));
}

function exactDecimal(bson: Uint8Array, at: number): ExactNumber {
  const parts = decimalPartsAt(bson, at);
  if (parts.kind === 'nan') return 'NaN';
  if (parts.kind === 'infinity') return parts.negative ? '-Infinity' : 'Infinity';
  return exactText(parts.negative, parts.coefficient, parts.exponent);
}

function exactInteger(value: bigint): ExactNumber {
  return BigInt.asIntN(64, value) === value ? value : exactText(value < 0n, value < 0n ? -value : value, 0);
}

/** `coefficient * 10 ** exponent` */
function exactText(negative: boolean, coefficient: bigint, exponent: number): ExactNumber {
  if (coefficient === 0n) return 0n;
  const written = String(coefficient);
  const digits = written.replace(/0+$/, '');
  const power = exponent + written.length - digits.length;
  if (power >= 0 && digits.length + power <= INT64_DIGITS) {
    const magnitude = BigInt(digits) * 10n ** BigInt(power);
    const value = negative ? -magnitude : magnitude;
    if (BigInt.asIntN(64, value) === value) return value;
  }
  return `${negative ? '-' : ''}${digits}E${power}`;
}

function doubleBits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}
