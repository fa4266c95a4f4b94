/** The admin was asked about a stream that is not configured. */
export class StreamNotFoundError extends Error {
  readonly code = 'SLUICE-STREAM-NOT-FOUND';
  readonly httpStatus = 404;

  constructor(asked: string, configured: readonly string[]) {
    super(`there is no stream "${asked}"; configured are ${configured.join(', ')}`);
    this.name = 'StreamNotFoundError';
  }
}
