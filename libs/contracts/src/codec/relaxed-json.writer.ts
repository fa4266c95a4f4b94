import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import { WRAPPER_NAMES } from './wrapper-names.js';

const YEAR_10000_MS = 253_402_300_800_000;
const SAFE_MAX = Long.fromNumber(Number.MAX_SAFE_INTEGER);
const SAFE_MIN = SAFE_MAX.negate();

/**
 * Relaxed Extended JSON v2 of a value in BSON's JavaScript types, as live push sends it: plain JSON wherever that loses
 * nothing. So an int64 beyond 2^53 keeps its `$numberLong`, which the specification's relaxed format rounds, and fields
 * of a document that are named like Extended JSON's own have their dollar escaped, as in `extendedJsonOf`.
 * https://github.com/mongodb/specifications/blob/master/source/extended-json/extended-json.md
 * @throws TypeError for functions and for types that BSON has not
 */
export function relaxedJsonOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return numberJson(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return '{"$undefined":true}';
    case 'bigint':
      return longJson(Long.fromBigInt(value));
    case 'object':
      return value === null ? 'null' : objectJson(value);
    default:
      throw new TypeError(`BSON has no ${typeof value}`);
  }
}

function objectJson(value: object): string {
  if (Array.isArray(value)) return arrayJson(value);
  // Before its type: documents may have a field of their own that is named as bson names its types.
  if (Object.getPrototypeOf(value) === Object.prototype) return fieldsJson(value);
  return value instanceof Date ? dateJson(value) : typedJson(value);
}

function arrayJson(values: readonly unknown[]): string {
  let json = '[';
  for (let at = 0; at < values.length; at++) json += (at === 0 ? '' : ',') + relaxedJsonOf(values[at]);
  return json + ']';
}

function fieldsJson(fields: object): string {
  let json = '{';
  for (const [name, value] of Object.entries(fields)) {
    json += (json.length === 1 ? '' : ',') + nameJson(name) + ':' + relaxedJsonOf(value);
  }
  return json + '}';
}

function nameJson(name: string): string {
  return name.startsWith('$') && WRAPPER_NAMES.has(name) ? `"\\u0024${name.slice(1)}"` : JSON.stringify(name);
}

function numberJson(value: number): string {
  if (!Number.isFinite(value)) return `{"$numberDouble":"${value}"}`;
  if (Object.is(value, -0)) return '-0';
  // With an exponent: a whole number of so many digits is read as an int64.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

function longJson(value: Long): string {
  const isSafe = value.lessThanOrEqual(SAFE_MAX) && value.greaterThanOrEqual(SAFE_MIN);
  return isSafe ? value.toString() : `{"$numberLong":"${value.toString()}"}`;
}

function dateJson(date: Date): string {
  const ms = date.getTime();
  if (Number.isNaN(ms)) return 'null'; // a date beyond JavaScript's, of which nothing more is known here
  return ms >= 0 && ms < YEAR_10000_MS ? `{"$date":"${date.toISOString()}"}` : `{"$date":{"$numberLong":"${ms}"}}`;
}

function typedJson(value: object): string {
  if (value instanceof ObjectId) return `{"$oid":"${value.toHexString()}"}`;
  if (value instanceof Timestamp) return `{"$timestamp":{"t":${value.t},"i":${value.i}}}`; // before Long, which it is
  if (value instanceof Long) return longJson(value);
  if (value instanceof Int32 || value instanceof Double) return numberJson(value.value);
  if (value instanceof Decimal128) return `{"$numberDecimal":"${value.toString()}"}`;
  if (value instanceof Binary) return binaryJson(value);
  if (value instanceof BSONRegExp) return regexJson(value);
  if (value instanceof BSONSymbol) return `{"$symbol":${JSON.stringify(value.value)}}`;
  if (value instanceof Code) return codeJson(value);
  if (value instanceof DBRef) return refJson(value);
  if (value instanceof MinKey) return '{"$minKey":1}';
  if (value instanceof MaxKey) return '{"$maxKey":1}';
  if (Object.getPrototypeOf(value) === null) return fieldsJson(value);
  throw new TypeError(`BSON has no ${value.constructor.name}`);
}

function binaryJson(value: Binary): string {
  const subtype = value.sub_type.toString(16).padStart(2, '0');
  return `{"$binary":{"base64":"${value.toString('base64')}","subType":"${subtype}"}}`;
}

function regexJson({ pattern, options }: BSONRegExp): string {
  return `{"$regularExpression":{"pattern":${JSON.stringify(pattern)},"options":${JSON.stringify(options)}}}`;
}

function codeJson({ code, scope }: Code): string {
  const text = `{"$code":${JSON.stringify(String(code))}`;
  return scope === null ? `${text}}` : `${text},"$scope":${relaxedJsonOf(scope)}}`;
}

/** A DBRef's own names are no wrappers, and stand as they are. */
function refJson({ collection, oid, db, fields }: DBRef): string {
  return fieldsJson({ $ref: collection, $id: oid, ...(db === undefined || db === '' ? {} : { $db: db }), ...fields });
}
