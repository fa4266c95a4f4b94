/** The driver's errors for a server that is not reached; by name, because the driver is the application's own. */
const AWAY = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'PoolClearedError',
  'MongoPoolClearedError',
  'PoolClearedOnNetworkError',
  'MongoPoolClearedOnNetworkError',
]);

/** Labels by which the server says that the same may succeed on its successor. */
const AWAY_LABELS = ['RetryableWriteError', 'RetryableReadError'];

/** Whether a server was not reached, or is just handing over: what it was asked will succeed later. */
export function isAwayError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (AWAY.has(error.name)) return true;
  const { hasErrorLabel } = error as { hasErrorLabel?: (label: string) => boolean }; // of the driver's MongoError
  return typeof hasErrorLabel === 'function' && AWAY_LABELS.some((label) => hasErrorLabel.call(error, label));
}
