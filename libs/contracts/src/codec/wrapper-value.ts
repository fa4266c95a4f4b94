import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';
import { isFields, type Fields } from '../fields.js';
import { decimalOf } from './decimal128-text.js';
import { doubleOf, int32Of, longOf } from './number-text.js';

/** What a wrapper's content becomes; undefined where it is not what the specification says. `$undefined` stands apart. */
type WrapperReader = (fields: Fields, promotes: boolean) => unknown;

const HEX_24 = /^[0-9a-fA-F]{24}$/;
const SUBTYPE = /^[0-9a-fA-F]{1,2}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ISO_DATE = /^[-+]?\d{4,6}-\d\d-\d\dT\d\d:\d\d/;
const UUID_SUBTYPE = 4;
const UUID_BYTES = 16;

const READERS: Readonly<Record<string, WrapperReader>> = {
  $oid: ({ $oid }) => (typeof $oid === 'string' && HEX_24.test($oid) ? new ObjectId($oid) : undefined),
  $symbol: ({ $symbol }, promotes) => ifText($symbol, (text) => (promotes ? text : new BSONSymbol(text))),
  $numberInt: ({ $numberInt }, promotes) => {
    const value = ifText($numberInt, int32Of);
    return value === undefined || promotes ? value : new Int32(value);
  },
  $numberLong: ({ $numberLong }) => ifText($numberLong, longOf),
  $numberDouble: ({ $numberDouble }, promotes) => {
    const value = ifText($numberDouble, doubleOf);
    return value === undefined || promotes ? value : new Double(value);
  },
  $numberDecimal: ({ $numberDecimal }) => ifText($numberDecimal, decimalOf),
  $binary: ({ $binary }) => ifFields($binary, ['base64', 'subType'], binaryOf),
  $uuid: ({ $uuid }) => (typeof $uuid === 'string' && UUID_TEXT.test($uuid) ? new UUID($uuid) : undefined),
  $code: ({ $code }) => ifText($code, (code) => new Code(code)),
  '$code,$scope': ({ $code, $scope }) =>
    isFields($scope) ? ifText($code, (code) => new Code(code, $scope)) : undefined,
  $timestamp: ({ $timestamp }) => ifFields($timestamp, ['i', 't'], timestampOf),
  $regularExpression: ({ $regularExpression }) => ifFields($regularExpression, ['options', 'pattern'], regexOf),
  $dbPointer: ({ $dbPointer }) =>
    $dbPointer instanceof DBRef ? $dbPointer : ifFields($dbPointer, ['$id', '$ref'], pointerOf),
  $date: ({ $date }) => dateOf($date),
  $minKey: ({ $minKey }) => (isOne($minKey) ? new MinKey() : undefined),
  $maxKey: ({ $maxKey }) => (isOne($maxKey) ? new MaxKey() : undefined),
};

/**
 * The value that an object with Extended JSON's own field names stands for; undefined where it is malformed, which
 * the specification wants told rather than guessed. Values inside are read already.
 * @throws BSONError from bson's constructors, which means the same
 */
export function typedValueOf(fields: Fields, promotes: boolean): unknown {
  return READERS[sortedNames(fields)]?.(fields, promotes);
}

function binaryOf({ base64, subType }: Fields): Binary | undefined {
  if (typeof base64 !== 'string' || typeof subType !== 'string') return undefined;
  if (base64.length % 4 !== 0 || !BASE64.test(base64) || !SUBTYPE.test(subType)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const subtype = parseInt(subType, 16);
  // The driver gives a binary of subtype 4 as a UUID only if it has a UUID's length.
  return subtype === UUID_SUBTYPE && bytes.length === UUID_BYTES ? new UUID(bytes) : new Binary(bytes, subtype);
}

function timestampOf(fields: Fields): Timestamp | undefined {
  const t = numberOf(fields.t);
  const i = numberOf(fields.i);
  return isUint32(t) && isUint32(i) ? new Timestamp({ t, i }) : undefined;
}

function regexOf({ pattern, options }: Fields): BSONRegExp | undefined {
  return typeof pattern === 'string' && typeof options === 'string' ? new BSONRegExp(pattern, options) : undefined;
}

function pointerOf({ $ref, $id }: Fields): DBRef | undefined {
  return typeof $ref === 'string' && $id instanceof ObjectId ? new DBRef($ref, $id) : undefined;
}

function dateOf(value: unknown): Date | undefined {
  if (typeof value === 'string') {
    const milliseconds = ISO_DATE.test(value) ? Date.parse(value) : NaN;
    return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds);
  }
  const milliseconds = value instanceof Long ? value.toNumber() : numberOf(value);
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}

function ifText<T>(value: unknown, read: (text: string) => T): T | undefined {
  return typeof value === 'string' ? read(value) : undefined;
}

function ifFields<T>(value: unknown, names: readonly string[], read: (fields: Fields) => T): T | undefined {
  return isFields(value) && sortedNames(value) === names.join() ? read(value) : undefined;
}

function sortedNames(fields: Fields): string {
  return Object.keys(fields).sort().join();
}

function isOne(value: unknown): boolean {
  return numberOf(value) === 1;
}

function isUint32(value: number | undefined): value is number {
  return value !== undefined && value >>> 0 === value;
}

/** A number, however the reader was asked to give numbers. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  return value instanceof Long ? value.toNumber() : undefined;
}
