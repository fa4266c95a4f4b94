/** More tickets than a token needs for all the connections that it may have: somebody asks without end. */
export class TicketsThrottledError extends Error {
  readonly code = 'SLUICE-REALTIME-TICKETS-THROTTLED';
  readonly httpStatus = 429;
  readonly headers: Readonly<Record<string, string>>;

  constructor(allowed: number, seconds: number, waitMs: number) {
    const wait = Math.max(1, Math.ceil(waitMs / 1_000));
    super(
      `this token has asked for too many tickets; allowed: ${allowed} in ${seconds} s (REALTIME_MAX_CONNECTIONS_PER_TOKEN); ` +
        `ask again in ${wait} s`,
    );
    this.name = 'TicketsThrottledError';
    this.headers = { 'Retry-After': String(wait) };
  }
}
