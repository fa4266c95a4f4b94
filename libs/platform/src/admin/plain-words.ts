import { z } from 'zod';

/** One of zod's raw issues, as an error map gets it. */
type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/**
 * Zod's error map for what comes over HTTP: each issue in the words "allowed: …". A schema that has a message of its
 * own keeps it. https://zod.dev/error-customization
 */
export function plainWords(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return bound('at least', issue.minimum, issue.origin);
    case 'too_big':
      return bound('at most', issue.maximum, issue.origin);
    case 'invalid_format':
      return FORMATS[issue.format] ?? `a text of the format ${issue.format}`;
    case 'unrecognized_keys':
      return knownFields(issue.inst);
    case 'invalid_element':
    case 'invalid_key':
      return 'only keys and elements as the OpenAPI document says';
    default:
      return undefined;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  stringbool: 'true or false',
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a time as 2026-03-02T10:14:07Z',
  safeint: 'a whole number',
  uuid: 'a UUID',
};

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' elements', object: ' fields' };

function bound(how: string, limit: number | bigint, origin: string): string {
  return `${how} ${limit}${UNITS[origin] ?? ''}`;
}

function knownFields(schema: unknown): string {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return names.length === 0 ? 'no fields' : `only ${names.join(', ')}`;
}
