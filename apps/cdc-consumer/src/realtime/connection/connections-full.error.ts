/** No room for another connection: come back later, or have the limit raised. */
export class ConnectionsFullError extends Error {
  readonly code = 'SLUICE-REALTIME-CONNECTIONS-FULL';
  readonly headers = { 'Retry-After': '10' };

  private constructor(
    message: string,
    readonly httpStatus: 429 | 503,
  ) {
    super(message);
    this.name = 'ConnectionsFullError';
  }

  static ofToken(limit: number): ConnectionsFullError {
    return new ConnectionsFullError(
      `this token has ${limit} connections; allowed: ${limit} (REALTIME_MAX_CONNECTIONS_PER_TOKEN)`,
      429,
    );
  }

  static ofAll(limit: number): ConnectionsFullError {
    return new ConnectionsFullError(
      `this replica has ${limit} connections; allowed: ${limit} (REALTIME_MAX_CONNECTIONS)`,
      503,
    );
  }
}

/** The app is going down: another replica, or this one when it is back. */
export class RealtimeEndingError extends Error {
  readonly code = 'SLUICE-REALTIME-ENDING';
  readonly httpStatus = 503;
  readonly headers = { 'Retry-After': '1' };

  constructor() {
    super('this replica is shutting down; connect again');
    this.name = 'RealtimeEndingError';
  }
}
