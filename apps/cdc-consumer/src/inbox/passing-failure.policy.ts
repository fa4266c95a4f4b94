import { MongoError, MongoNetworkError, MongoServerSelectionError } from 'mongodb';

/** Labels by which the server and the driver say that the same may succeed later. */
const PASSING_LABELS = ['TransientTransactionError', 'UnknownTransactionCommitResult'] as const;

/** Whether the server was not reached. */
export function isAway(error: unknown): boolean {
  return error instanceof MongoNetworkError || error instanceof MongoServerSelectionError;
}

/** The server's `WriteConflict`: another transaction that is open has written the same. */
const WRITE_CONFLICT = 112;

export function isWriteConflict(error: unknown): boolean {
  return error instanceof MongoError && error.code === WRITE_CONFLICT;
}

/** Whether a commit failed of something that passes, and not of what the transaction holds. */
export function isPassing(error: unknown): boolean {
  if (isAway(error)) return true;
  return error instanceof MongoError && PASSING_LABELS.some((label) => error.hasErrorLabel(label));
}
