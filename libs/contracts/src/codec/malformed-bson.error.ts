/** The bytes are not a BSON document (https://bsonspec.org/spec.html), or nest deeper than MongoDB ever stores. */
export class MalformedBsonError extends Error {
  readonly code = 'SLUICE-BSON-MALFORMED';
  override readonly name = 'MalformedBsonError';
}
