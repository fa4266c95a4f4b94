const TAG_AND_LENGTH_BYTES = 5;
const LARGEST_SCALAR_BYTES = 9;
const MAX_NAME_BYTES = 255;

/** Bytes of an AMQP header at most; infinite for what the client cannot encode, though it may have decoded it. */
export function headerSize(name: string, value: unknown): number {
  const nameBytes = Buffer.byteLength(name); // more than were received where they were not UTF-8
  return nameBytes > MAX_NAME_BYTES ? Number.POSITIVE_INFINITY : 1 + nameBytes + valueSize(value);
}

function valueSize(value: unknown): number {
  if (typeof value === 'string') return TAG_AND_LENGTH_BYTES + Buffer.byteLength(value);
  if (typeof value === 'number') return isEncodable(value) ? LARGEST_SCALAR_BYTES : Number.POSITIVE_INFINITY;
  if (typeof value === 'boolean' || value === null) return LARGEST_SCALAR_BYTES;
  if (typeof value !== 'object') return Number.POSITIVE_INFINITY;
  if (Buffer.isBuffer(value)) return TAG_AND_LENGTH_BYTES + value.length;
  if (Array.isArray(value)) return TAG_AND_LENGTH_BYTES + sum(value.map(valueSize));
  if ('!' in value) return isTyped(value) ? LARGEST_SCALAR_BYTES : Number.POSITIVE_INFINITY;
  return TAG_AND_LENGTH_BYTES + sum(Object.entries(value).map(([name, field]) => headerSize(name, field)));
}

/** amqplib takes what is no small fraction for an int64, and throws for NaN, -1e300 and 2^50 + 0.5. */
function isEncodable(value: number): boolean {
  return Math.abs(value) < 2 ** 50 || value >= 2 ** 63 || (Number.isInteger(value) && value >= -(2 ** 63));
}

/** amqplib's own notation for what JavaScript has no type for; a sender can also put a table with this key there. */
function isTyped(value: { '!': unknown; value?: unknown }): boolean {
  if (value['!'] === 'timestamp') return Number.isSafeInteger(value.value) && Number(value.value) >= 0;
  return value['!'] === 'decimal' && isDecimal(value.value);
}

function isDecimal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('places' in value) || !('digits' in value)) return false;
  return isUnsigned(value.places, 8) && isUnsigned(value.digits, 32);
}

function isUnsigned(value: unknown, bits: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** bits;
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
