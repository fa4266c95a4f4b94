import { whole } from './whole-number.js';

const MiB = 1_048_576;

/** What one client, and all together, may cost live push. */
export const realtimeLimitsEnvironment = {
  REALTIME_MAX_CONNECTIONS: whole('connections', 1, 1_000_000, 10_000),
  /** Of one token, JWT subject or owner of tickets. */
  REALTIME_MAX_CONNECTIONS_PER_TOKEN: whole('connections', 1, 1_000_000, 2_000),
  /** Of one connection. */
  REALTIME_MAX_SUBSCRIPTIONS: whole('subscriptions', 1, 10_000, 100),
  /** Unsent bytes of one connection; a client that lets more gather is closed with 4430. */
  REALTIME_BUFFER_BYTES: whole('bytes', 65_536, 256 * MiB, 2 * MiB),
  /** A larger event is sent without its document. */
  REALTIME_MAX_MESSAGE_BYTES: whole('bytes', 16_384, 16 * MiB, MiB),
  /** Incoming, on average; ten times as many at once. More: 4429. */
  REALTIME_MESSAGES_PER_SECOND: whole('messages a second', 1, 10_000, 20),
  /** A ping and a `heartbeat` message so often; without an answer to two of them, and nothing read: 4408. */
  REALTIME_HEARTBEAT_MS: whole('milliseconds', 100, 300_000, 15_000),
  /** Documents of one snapshot; 0: none are served. */
  REALTIME_SNAPSHOT_MAX: whole('documents', 0, 10_000_000, 10_000),
} as const;
