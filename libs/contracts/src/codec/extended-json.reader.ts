import { Double, EJSON, Int32 } from 'bson';
import { MalformedExtendedJsonError } from './malformed-extended-json.error.js';

export interface ExtendedJsonReadOptions {
  /** false: int32 and double become bson's Int32 and Double, so that the value serialises to the bytes it came from. */
  promoteNumbers?: boolean;
}

/** Reads Extended JSON, canonical or relaxed, to BSON's types. @throws MalformedExtendedJsonError */
export function parseExtendedJson(text: string, options: ExtendedJsonReadOptions = {}): unknown {
  try {
    const value: unknown = EJSON.parse(text, { relaxed: false });
    return options.promoteNumbers === false ? value : promoted(value);
  } catch (cause) {
    throw new MalformedExtendedJsonError('Malformed Extended JSON', { cause });
  }
}

function promoted(value: unknown): unknown {
  if (value instanceof Int32 || value instanceof Double) return value.valueOf();
  if (Array.isArray(value)) return value.map(promoted);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, promoted(field)]));
}
