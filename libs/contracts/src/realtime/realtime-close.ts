/** Why the server closes a WebSocket, beside the codes of RFC 6455; a client may come back unless said otherwise. */
export const REALTIME_CLOSE = {
  /** The server goes down or restarts (RFC 6455 and the IANA registry): come back, with the cursor. */
  goingAway: 1001,
  /** A message over the allowed size. */
  tooLarge: 1009,
  /** A message that is not of this protocol. Do not come back with the same. */
  invalidMessage: 4400,
  /** The token or ticket has expired or was taken back: come back with a new one. */
  accessEnded: 4401,
  /** No answer to a ping in time. */
  unresponsive: 4408,
  /** More messages than allowed: come back later. */
  tooManyMessages: 4429,
  /** Did not read what was sent, and its buffer was full: come back, with the cursor. */
  slowClient: 4430,
} as const;
export type RealtimeCloseCode = (typeof REALTIME_CLOSE)[keyof typeof REALTIME_CLOSE];
