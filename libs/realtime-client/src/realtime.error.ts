/** Why a subscription, a collection or the whole client has ended; `code` is the server's, or one of `CLIENT_ERROR`. */
export class RealtimeError extends Error {
  override readonly name = 'RealtimeError';

  constructor(
    /** Stable, as `SLUICE-REALTIME-NAMESPACE-FORBIDDEN`. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the client itself finds; everything else is said by the server. */
export const CLIENT_ERROR = {
  noWebSocket: 'SLUICE-REALTIME-WEBSOCKET-MISSING',
  /** A URL that no WebSocket takes, or one that the page may not open. */
  notOpened: 'SLUICE-REALTIME-NOT-OPENED',
  /** The server has refused what this client sends: the same again would be refused again. */
  refused: 'SLUICE-REALTIME-REFUSED',
  /** No ticket for this token: it would be refused again. */
  ticketRefused: 'SLUICE-REALTIME-TICKET-REFUSED',
  /** For the moment: the client comes back by itself. */
  connectionLost: 'SLUICE-REALTIME-CONNECTION-LOST',
  closed: 'SLUICE-REALTIME-CLIENT-CLOSED',
} as const;
