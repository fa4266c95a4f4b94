/** What a failed read means, by the server's code or label, never by the text of a message. */
export type ReadFailureMeaning =
  | 'reopen'
  | 'history-lost'
  | 'invalid-token'
  | 'oversize'
  | 'unknown-stage'
  | 'not-authorised'
  | 'image-missing'
  | 'standalone'
  | 'unknown';

type ReadFailure = { readonly means: ReadFailureMeaning } & (
  | { readonly code: number; /** Only where the stream was to go on behind a token. */ readonly behindToken?: true }
  | { readonly label: string }
);

/**
 * The first line that fits decides. Codes: https://www.mongodb.com/docs/manual/reference/error-codes/
 */
const READ_FAILURES: readonly ReadFailure[] = [
  { code: 286, means: 'history-lost' }, // resuming can never succeed: treated as transient it loops for ever
  { code: 280, means: 'history-lost' }, // the token's event is gone from this pipeline: same end, other cause
  { code: 260, means: 'invalid-token' }, // a token that no retry will mend: only an operator can
  { code: 50811, means: 'invalid-token' }, // the same from the token's parser
  { code: 40647, means: 'invalid-token' }, // the same where its field is no string
  { code: 40649, means: 'invalid-token' }, // an empty one
  { code: 50796, means: 'invalid-token' }, // one without its version
  { code: 9, behindToken: true, means: 'invalid-token' }, // FailedToParse: no hex string; without a token it is the pipeline
  { code: 10334, means: 'oversize' }, // an event over 16 MB: reopening meets it again
  { code: 40324, means: 'unknown-stage' }, // an older server, or a user's stage that it does not have
  { code: 13, means: 'not-authorised' }, // retried, it would hide a revoked privilege for ever
  { code: 18, means: 'not-authorised' },
  { code: 8000, means: 'not-authorised' }, // Atlas' code for the same
  { code: 47, means: 'image-missing' }, // required image: skipping it would lose the change
  { code: 40573, means: 'standalone' }, // no oplog, no change streams
  { code: 43, means: 'reopen' }, // cursor gone after fail-over: giving up here loses a healthy stream
  { label: 'ResumableChangeStreamError', means: 'reopen' },
  { label: 'NonResumableChangeStreamError', means: 'history-lost' },
  { label: 'RetryableWriteError', means: 'reopen' },
  { code: 6, means: 'reopen' }, // HostUnreachable
  { code: 7, means: 'reopen' }, // HostNotFound
  { code: 89, means: 'reopen' }, // NetworkTimeout
  { code: 91, means: 'reopen' }, // ShutdownInProgress
  { code: 133, means: 'reopen' }, // FailedToSatisfyReadPreference: no primary at the moment
  { code: 189, means: 'reopen' }, // PrimarySteppedDown
  { code: 262, means: 'reopen' }, // ExceededTimeLimit
  { code: 10107, means: 'reopen' }, // NotWritablePrimary
  { code: 11600, means: 'reopen' }, // InterruptedAtShutdown
  { code: 11602, means: 'reopen' }, // InterruptedDueToReplStateChange
  { code: 13435, means: 'reopen' }, // NotPrimaryNoSecondaryOk
  { code: 13436, means: 'reopen' }, // NotPrimaryOrSecondary
  { code: 206, means: 'reopen' }, // NoSuchSession: the server ended it while we were held up
  { code: 11601, means: 'reopen' }, // Interrupted
  { code: 237, means: 'reopen' }, // CursorKilled
];

/** The driver's errors without a server's code: the network, or no server to select. */
const NETWORK_ERRORS = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoExpiredSessionError',
  'MongoOperationTimeoutError',
  'PoolClearedOnNetworkError',
]);

interface MongoErrorLike {
  readonly code?: unknown;
  hasErrorLabel?(label: string): boolean;
}

/** How the stream was being read. */
export interface ReadAttempt {
  readonly behindToken: boolean;
}

/** Sorts a failed read. `unknown` is reopened too, with backoff, and reported: a new code must not end a stream. */
export function meaningOf(
  error: Error & MongoErrorLike,
  attempt: ReadAttempt = { behindToken: false },
): ReadFailureMeaning {
  for (const failure of READ_FAILURES) if (fits(failure, error, attempt)) return failure.means;
  return NETWORK_ERRORS.has(error.name) ? 'reopen' : 'unknown';
}

function fits(failure: ReadFailure, error: MongoErrorLike, { behindToken }: ReadAttempt): boolean {
  if ('label' in failure) return error.hasErrorLabel?.(failure.label) === true;
  return error.code === failure.code && (failure.behindToken !== true || behindToken);
}
