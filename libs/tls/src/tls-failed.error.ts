/** No TLS connection came about, and nothing was sent. */
export class TlsFailedError extends Error {
  readonly code = 'SLUICE-TLS-FAILED';
  constructor(
    why: string,
    /** Node's or OpenSSL's own code. */
    readonly reason: string,
    options: ErrorOptions,
  ) {
    super(`${why} (${reason})`, options);
    this.name = 'TlsFailedError';
  }
}
