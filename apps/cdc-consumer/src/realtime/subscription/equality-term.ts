import { BSONRegExp } from 'bson';
import { isFields, MalformedExtendedJsonError, parseExtendedJson, type RealtimeValue } from '@sluice/contracts';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import { keyOf } from './field-keys.js';

/** One field of a `where`, and what it must equal. */
export interface EqualityTerm {
  readonly path: string;
  readonly parts: readonly string[];
  /** In BSON's types. */
  readonly value: unknown;
  /** Same for equal values, whatever the type of a number. */
  readonly key: string;
}

/** Reads a `where`, whose values are Extended JSON. @throws RealtimeRequestError */
export function equalityTerms(where: Readonly<Record<string, RealtimeValue>> = {}): readonly EqualityTerm[] {
  return Object.entries(where).map(([path, json]) => {
    const value = valueOf(path, json);
    const key = keyOf(value);
    if (key === undefined) throw invalid(path, 'a value that BSON has not');
    return { path, parts: path.split('.'), value, key };
  });
}

function valueOf(path: string, json: RealtimeValue): unknown {
  let value: unknown;
  try {
    value = parseExtendedJson(JSON.stringify(json));
  } catch (error) {
    if (error instanceof MalformedExtendedJsonError) throw invalid(path, error.message);
    throw error;
  }
  // A query would take it for a pattern or an operator, where a change is only ever compared.
  if (value instanceof BSONRegExp) throw invalid(path, 'a regular expression');
  const name = isFields(value) ? Object.keys(value)[0] : undefined;
  if (name?.startsWith('$') === true) throw invalid(path, `the operator ${name}`);
  return value;
}

function invalid(path: string, found: string): RealtimeRequestError {
  return new RealtimeRequestError(
    'SLUICE-REALTIME-WHERE-INVALID',
    `where.${path}: found ${found}; allowed: a value to equal, as Extended JSON`,
  );
}
