/** Codes of what can be wrong with a subscription; clients see them. docs/realtime.md lists them. */
export type RealtimeErrorCode =
  | 'SLUICE-REALTIME-MESSAGE-INVALID'
  | 'SLUICE-REALTIME-WHERE-INVALID'
  | 'SLUICE-REALTIME-CURSOR-INVALID'
  | 'SLUICE-REALTIME-ID-TAKEN'
  | 'SLUICE-REALTIME-ID-UNKNOWN'
  | 'SLUICE-REALTIME-SUBSCRIPTIONS-FULL'
  | 'SLUICE-REALTIME-NAMESPACE-FORBIDDEN'
  | 'SLUICE-REALTIME-OPERATION-FORBIDDEN'
  | 'SLUICE-REALTIME-FIELD-FORBIDDEN'
  | 'SLUICE-REALTIME-SNAPSHOT-UNINDEXED'
  | 'SLUICE-REALTIME-SNAPSHOT-TOO-LARGE'
  | 'SLUICE-REALTIME-DOCUMENT-UNKNOWN'
  | 'SLUICE-REALTIME-UNAVAILABLE';

const STATUS: Readonly<Partial<Record<RealtimeErrorCode, number>>> = {
  'SLUICE-REALTIME-NAMESPACE-FORBIDDEN': 403,
  'SLUICE-REALTIME-OPERATION-FORBIDDEN': 403,
  'SLUICE-REALTIME-FIELD-FORBIDDEN': 403,
  'SLUICE-REALTIME-DOCUMENT-UNKNOWN': 404,
  'SLUICE-REALTIME-UNAVAILABLE': 503,
};

/** Something that a client asked for and does not get: an `error` message, or problem details before a stream begins. */
export class RealtimeRequestError extends Error {
  readonly httpStatus: number;

  constructor(
    readonly code: RealtimeErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'RealtimeRequestError';
    this.httpStatus = STATUS[code] ?? 400;
  }
}
