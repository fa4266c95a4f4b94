import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { explainTlsFailure, readTlsClient, type TlsClient } from '@sluice/tls';
import { connect, type AmqpConnectionManager } from 'amqp-connection-manager';
import { credentials, type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { guarded } from './channel.close.js';

export type RabbitStatus = 'connecting' | 'connected' | 'blocked' | 'disconnected' | 'closed';

export interface RabbitConnectionOptions {
  readonly uri: string;
  /** Shown in RabbitMQ's management as the connection's name. */
  readonly name: string;
  readonly heartbeatSeconds?: number;
  readonly reconnectSeconds?: number;
  /** For `amqps://`; its files are read for each attempt to connect. */
  readonly tls?: TlsClient | undefined;
  /**
   * `certificate`: the broker takes the user from the client certificate of `tls` (SASL EXTERNAL, which needs its plugin
   * rabbitmq_auth_mechanism_ssl: https://www.rabbitmq.com/docs/ssl#authentication); else from the URI.
   */
  readonly auth?: 'password' | 'certificate';
}

interface Events {
  connected: [];
  disconnected: [Error | undefined];
  blocked: [string];
  unblocked: [];
  closed: [];
}

const HEARTBEAT_SECONDS = 5;
const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
/**
 * A channel says that it is full with about twice so many, as its buffer counts them on both sides of it: a frame of
 * amqplib each, or a piece of `FrameBuffer`.
 */
const SEND_BUFFER_PIECES = 16;

/** There is no connection to RabbitMQ to open a channel on. */
export class RabbitNotConnectedError extends Error {
  readonly code = 'SLUICE-RABBITMQ-NOT-CONNECTED';
  constructor(cause: Error | undefined) {
    super(`not connected to RabbitMQ${cause === undefined ? '' : `: ${cause.message}`}`, { cause });
    this.name = 'RabbitNotConnectedError';
  }
}

/**
 * One managed connection to RabbitMQ: connects, reconnects for ever, and says where it stands. Channels are the raw
 * ones of amqplib: the manager's own wrapper queues messages without bound while the broker is away, and sends them
 * in a new order afterwards. Publishing and consuming use separate connections, because a blocked publisher's socket
 * would hold up acknowledgements (https://www.rabbitmq.com/docs/alarms).
 */
export class RabbitConnection extends EventEmitter<Events> {
  private readonly logger: Logger;
  private manager: AmqpConnectionManager | undefined;
  private current: RabbitStatus = 'connecting';
  private sinceDate = new Date();
  private failure: Error | undefined;
  private connects = 0;

  constructor(private readonly options: RabbitConnectionOptions) {
    super();
    this.setMaxListeners(0);
    this.logger = new Logger(`RabbitMQ ${options.name}`);
  }

  get status(): RabbitStatus {
    return this.current;
  }
  /** When the status last changed. */
  get since(): Date {
    return this.sinceDate;
  }
  get lastError(): Error | undefined {
    return this.failure;
  }
  /** Times that it was connected again. */
  get reconnects(): number {
    return Math.max(0, this.connects - 1);
  }

  /**
   * How long the broker waits at least, from the moment at which this process stands still, before it takes it for dead:
   * it ends a connection that was silent for two to three heartbeats, and amqplib sends every half of one
   * (https://www.rabbitmq.com/docs/heartbeats).
   */
  get silenceAllowedMs(): number {
    return (this.options.heartbeatSeconds ?? HEARTBEAT_SECONDS) * 1_500;
  }

  /** True also while the broker blocks publishing: consuming goes on then. */
  isConnected(): boolean {
    return this.current === 'connected' || this.current === 'blocked';
  }

  /** Begins to connect; returns at once. */
  start(): void {
    if (this.manager !== undefined || this.current === 'closed') return;
    const { heartbeatSeconds = HEARTBEAT_SECONDS, reconnectSeconds = 1 } = this.options;
    this.manager = connect(null, {
      heartbeatIntervalInSeconds: heartbeatSeconds,
      reconnectTimeInSeconds: reconnectSeconds,
      findServers: () => Promise.resolve().then(() => this.server()),
    });
    this.manager.on('connect', () => this.move('connected', undefined));
    this.manager.on('disconnect', ({ err }) => this.move('disconnected', err));
    this.manager.on('connectFailed', ({ err }) => this.connectFailed(err));
    this.manager.on('blocked', ({ reason }) =>
      this.move('blocked', new Error(`the broker blocks publishing: ${reason}`)),
    );
    this.manager.on('unblocked', () => this.move('connected', undefined));
  }

  /** Resolves at once when connected; otherwise when it is. Rejects when the signal fires or the connection is closed. */
  async whenConnected(signal?: AbortSignal): Promise<void> {
    while (!this.isConnected()) {
      signal?.throwIfAborted();
      if (this.current === 'closed') throw new RabbitNotConnectedError(this.failure);
      await this.nextEvent(['connected', 'closed'], signal);
    }
  }

  /** A raw channel of the current connection. Its `error` event is taken: `close` follows it and is what to listen to. */
  async openChannel(): Promise<Channel> {
    return guarded(await this.connection().createChannel());
  }

  /** As `openChannel`, with publisher confirms. */
  async openConfirmChannel(): Promise<ConfirmChannel> {
    return guarded(await this.connection().createConfirmChannel({ highWaterMark: SEND_BUFFER_PIECES }));
  }

  async close(): Promise<void> {
    if (this.current === 'closed') return;
    this.move('closed', undefined);
    // A broker that does not answer must not hold up a shutdown; the socket ends with the process.
    await Promise.race([this.manager?.close(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** Asked for at each attempt, so that renewed certificates count without a restart. @throws TlsFileInvalidError */
  private server() {
    const { uri, name, tls, auth } = this.options;
    const connectionOptions = {
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: name },
      ...(tls === undefined ? {} : readTlsClient(tls)),
      ...(auth === 'certificate' ? { credentials: credentials.external() } : {}),
    };
    return [{ url: uri, connectionOptions }];
  }

  private connection(): ChannelModel {
    const connection = this.isConnected() ? this.manager?.connection : undefined;
    if (connection === undefined) throw new RabbitNotConnectedError(this.failure);
    return connection;
  }

  private connectFailed(thrown: Error): void {
    if (this.current === 'closed') return;
    const { tls } = this.options;
    const error = tls === undefined ? thrown : explainTlsFailure(thrown, tls.prefix);
    const first = this.failure?.message !== error.message;
    this.failure = error;
    if (this.current !== 'disconnected') this.move('disconnected', error);
    if (first)
      this.logger.warn(
        `RabbitMQ is not reachable since ${this.sinceDate.toISOString()}, trying again: ${error.message}`,
      );
  }

  private move(to: RabbitStatus, error: Error | undefined): void {
    if (this.current === 'closed') return;
    if (this.current !== to) this.sinceDate = new Date();
    const from = this.current;
    this.current = to;
    this.failure = error;
    if (to === 'connected' && from !== 'blocked') {
      this.connects += 1;
      this.logger.log('connected to RabbitMQ');
    }
    if (to === 'blocked' && error !== undefined) this.logger.warn(error.message);
    if (to === 'disconnected' && from !== 'connecting')
      this.logger.warn(`lost RabbitMQ: ${error?.message ?? 'closed'}; connecting again`);
    this.announce(from, to, error);
  }

  private announce(from: RabbitStatus, to: RabbitStatus, error: Error | undefined): void {
    if (to === 'blocked') this.emit('blocked', error?.message ?? '');
    else if (to === 'disconnected') this.emit('disconnected', error);
    else if (to === 'closed') this.emit('closed');
    else if (from === 'blocked') this.emit('unblocked');
    else this.emit('connected');
  }

  private nextEvent(names: readonly (keyof Events)[], signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error) => {
        for (const name of names) this.off(name, onEvent);
        signal?.removeEventListener('abort', onAbort);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onEvent = () => done();
      const onAbort = () => done(new Error('waiting for RabbitMQ was aborted', { cause: signal?.reason }));
      for (const name of names) this.on(name, onEvent);
      signal?.addEventListener('abort', onAbort);
    });
  }
}
