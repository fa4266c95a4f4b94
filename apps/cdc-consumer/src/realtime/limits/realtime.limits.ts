import { Injectable } from '@nestjs/common';
import { ConsumerSettings } from '../../config/consumer.settings.js';

/** What a client may cost. */
export abstract class RealtimeLimits {
  abstract readonly maxConnections: number;
  abstract readonly maxConnectionsPerToken: number;
  /** Of one connection. */
  abstract readonly maxSubscriptions: number;
  /** Unsent bytes of one connection; above it a client is too slow. */
  abstract readonly bufferBytes: number;
  /** The largest outgoing message. */
  abstract readonly maxMessageBytes: number;
  /** Incoming messages a second, on average; ten times as many at once. */
  abstract readonly messagesPerSecond: number;
  abstract readonly heartbeatMs: number;
  /** Documents of a snapshot. */
  abstract readonly snapshotMax: number;
}

/** The same as the environment says. */
@Injectable()
export class ConfiguredRealtimeLimits extends RealtimeLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerToken: number;
  readonly maxSubscriptions: number;
  readonly bufferBytes: number;
  readonly maxMessageBytes: number;
  readonly messagesPerSecond: number;
  readonly heartbeatMs: number;
  readonly snapshotMax: number;

  constructor({ environment }: ConsumerSettings) {
    super();
    this.maxConnections = environment.REALTIME_MAX_CONNECTIONS;
    this.maxConnectionsPerToken = environment.REALTIME_MAX_CONNECTIONS_PER_TOKEN;
    this.maxSubscriptions = environment.REALTIME_MAX_SUBSCRIPTIONS;
    this.bufferBytes = environment.REALTIME_BUFFER_BYTES;
    this.maxMessageBytes = environment.REALTIME_MAX_MESSAGE_BYTES;
    this.messagesPerSecond = environment.REALTIME_MESSAGES_PER_SECOND;
    this.heartbeatMs = environment.REALTIME_HEARTBEAT_MS;
    this.snapshotMax = environment.REALTIME_SNAPSHOT_MAX;
  }
}
