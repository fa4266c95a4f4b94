import { Logger } from '@nestjs/common';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { ConfirmChannel } from 'amqplib';
import { thrownMessage } from '@sluice/contracts';
import { RabbitConnection } from '../connection/rabbit.connection.js';
import { ConfirmSession, type SessionListener } from './confirm.session.js';
import { EmitChannel } from './emit.channel.js';
import type { OutgoingMessage } from './outgoing-message.js';

export interface ConfirmedRmqClientOptions {
  readonly connection: RabbitConnection;
  /** Topic exchange that everything is published to; declared, durable. */
  readonly exchange: string;
}

/** Requests have no place here: changes are told, nobody answers. */
export class RequestsNotSupportedError extends Error {
  readonly code = 'SLUICE-CLIENT-NO-REQUESTS';
  constructor() {
    super('this client publishes events; use emit(), not send()');
    this.name = 'RequestsNotSupportedError';
  }
}

/**
 * The Nest client for RabbitMQ that believes nothing unconfirmed. Register it with `ClientsModule` as `customClass`.
 * `emit(pattern, data)` publishes Nest's `{pattern, data}` as JSON and completes when the broker has confirmed it; a
 * message that no queue takes is an error (Nest's own client counts it a success). Streams open sessions, which keep
 * a window of unconfirmed messages in order.
 */
export class ConfirmedRmqClient extends ClientProxy {
  readonly connection: RabbitConnection;
  private readonly logger = new Logger(ConfirmedRmqClient.name);
  private readonly exchange: string;
  private shared: Promise<EmitChannel> | undefined;
  private emitted = 0;

  constructor({ connection, exchange }: ConfirmedRmqClientOptions) {
    super();
    this.connection = connection;
    this.exchange = exchange;
    this.initializeSerializer({});
    this.initializeDeserializer({});
  }

  /** Begins to connect and resolves when the broker is there. */
  override async connect(): Promise<void> {
    this.connection.start();
    await this.connection.whenConnected();
  }

  override async close(): Promise<void> {
    await this.connection.close();
  }

  override unwrap<T = RabbitConnection>(): T {
    return this.connection as T; // the base class leaves the type of the wrapped client to the caller
  }

  /** Opens a confirm channel of its own, with the exchange declared. */
  async openSession(listener: SessionListener): Promise<ConfirmSession> {
    return new ConfirmSession(await this.openDeclared(), listener);
  }

  /**
   * Publishes one message on the shared channel and resolves with the broker's confirm of it.
   * @throws PublishError where no queue took it, a queue refused it, or the channel closed
   */
  async deliver(message: OutgoingMessage): Promise<void> {
    this.shared ??= this.openShared();
    const channel = await this.shared;
    await channel.publish(message);
  }

  protected override async dispatchEvent<T>(packet: ReadPacket): Promise<T> {
    this.emitted += 1;
    await this.deliver({
      exchange: this.exchange,
      routingKey: String(packet.pattern),
      body: Buffer.from(JSON.stringify(this.serializer.serialize(packet))),
      properties: {
        persistent: true,
        mandatory: true,
        messageId: `emit-${this.emitted}`,
        contentType: 'application/json',
      },
    });
    return undefined as T; // an event has no answer
  }

  protected override publish(_packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    callback({ err: new RequestsNotSupportedError(), isDisposed: true });
    return () => undefined;
  }

  private async openDeclared(): Promise<ConfirmChannel> {
    const channel = await this.connection.openConfirmChannel();
    await channel.assertExchange(this.exchange, 'topic', { durable: true });
    return channel;
  }

  private async openShared(): Promise<EmitChannel> {
    try {
      return new EmitChannel(await this.openDeclared(), () => (this.shared = undefined));
    } catch (error) {
      this.shared = undefined; // the next emit tries again
      this.logger.warn(`no channel for emit: ${thrownMessage(error)}`);
      throw error;
    }
  }
}
