/** The text is not JSON, nests deeper than MongoDB ever stores, or has a field name that BSON cannot hold. */
export class MalformedExtendedJsonError extends Error {
  readonly code = 'SLUICE-EJSON-MALFORMED';
  override readonly name = 'MalformedExtendedJsonError';
}
