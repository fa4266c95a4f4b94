const DUPLICATE_KEY = 11000;

/**
 * Whether a write failed because another document has its unique key: somebody else was first
 * (https://www.mongodb.com/docs/manual/reference/error-codes/).
 */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY;
}
