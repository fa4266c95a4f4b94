import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { ServiceUnavailableException, type INestApplication } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { StreamStatus } from '@sluice/contracts';
import { ConfirmedRmqClient } from '@sluice/messaging';
import { GracefulShutdown } from '@sluice/platform';
import { eventually } from '@sluice/testing';
import { connect, type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import { MongoClient, type Db, type Document } from 'mongodb';
import { AppModule } from '../../apps/cdc-producer/src/app.module.js';
import {
  loadProducerSettings,
  ProducerSettings,
  type ProducerEnvironment,
} from '../../apps/cdc-producer/src/config/producer.settings.js';
import { streamsFileSchema } from '../../apps/cdc-producer/src/config/streams-file.schema.js';
import { HealthController } from '../../apps/cdc-producer/src/health/health.controller.js';
import { StreamsService } from '../../apps/cdc-producer/src/streams/streams.service.js';
import { testServers, type ServerUris } from './test-servers.js';

export { loadProducerSettings };

type StreamOptions = Readonly<Record<string, unknown>>;

const silent = { info: () => undefined, error: () => undefined };

/** The producer's modules in this process, on real servers, with names of its own and a channel to look at queues. */
export class InProcessProducer {
  readonly exits: Error[] = [];
  private app: INestApplication | undefined;

  private constructor(
    readonly mongo: MongoClient,
    private readonly connection: ChannelModel,
    readonly channel: Channel,
    private readonly servers: ServerUris,
    readonly name = `t${randomBytes(5).toString('hex')}`,
  ) {}

  /** `own`: servers of the test's own, in place of the shared ones. */
  static async prepare(own: Partial<ServerUris> = {}): Promise<InProcessProducer> {
    const servers = { ...testServers(), ...own };
    const [mongo, connection] = await Promise.all([MongoClient.connect(servers.mongodb), connect(servers.rabbitmq)]);
    const producer = new InProcessProducer(mongo, connection, await connection.createChannel(), servers);
    await producer.channel.assertExchange(producer.exchange, 'topic', { durable: true });
    return producer;
  }

  /** One more producer with the same names; stop only its app. */
  beside(servers: Partial<ServerUris> = {}): InProcessProducer {
    return new InProcessProducer(this.mongo, this.connection, this.channel, { ...this.servers, ...servers }, this.name);
  }

  get database(): string {
    return `${this.name}_data`;
  }

  get exchange(): string {
    return `${this.name}.events`;
  }

  get db(): Db {
    return this.mongo.db(this.database);
  }

  get state(): Db {
    return this.mongo.db(`${this.name}_state`);
  }

  /** Starts the app with one stream, `main`, on this producer's database. */
  start(stream: StreamOptions = {}, env: Partial<ProducerEnvironment> = {}): Promise<void> {
    return this.startStreams([{ name: 'main', scope: { database: this.database }, ...stream }], env);
  }

  async startStreams(streams: readonly StreamOptions[], env: Partial<ProducerEnvironment> = {}): Promise<void> {
    const settings = new ProducerSettings(
      {
        MONGODB_URI: this.servers.mongodb,
        RABBITMQ_URI: this.servers.rabbitmq,
        SLUICE_STATE_DB: `${this.name}_state`,
        SLUICE_EXCHANGE: this.exchange,
        SLUICE_CONFIG: '',
        PRODUCER_HTTP_PORT: 0,
        HTTP_HOST: '127.0.0.1',
        ADMIN_JWT_ROLE_CLAIM: 'role',
        RABBITMQ_AUTH: 'password',
        LOG_LEVEL: 'info',
        OTEL_TRACES_EXPORTER: 'none',
        SHUTDOWN_TIMEOUT_MS: 10_000,
        LEASE_MS: 5_000,
        CLAIM_RETENTION_HOURS: 720,
        ...env,
      },
      streamsFileSchema.parse({ streams }).streams,
    );
    const shutdown = new GracefulShutdown(silent, 10_000);
    const exitApp = (error: Error) => void this.exits.push(error);
    this.app = await NestFactory.create(AppModule.with({ settings, shutdown, exitApp }), {
      logger: false,
      abortOnError: false,
    });
    this.app.get(ConfirmedRmqClient).connection.start();
    await this.app.init();
  }

  async running(): Promise<void> {
    await eventually(() => this.status.state === 'running');
  }

  get service(): StreamsService {
    return this.part(StreamsService);
  }

  /** A part of the running app. */
  part<T>(token: abstract new (...args: never[]) => T): T {
    if (this.app === undefined) throw new Error('not started');
    return this.app.get<T>(token);
  }

  get status(): StreamStatus {
    const [status] = this.service.list();
    if (status === undefined) throw new Error('no stream');
    return status;
  }

  /** What `/health/ready` answers: its status code, and what it says of the stream. */
  async readiness(): Promise<{ status: number; stream: Readonly<Record<string, unknown>> | undefined }> {
    if (this.app === undefined) throw new Error('not started');
    try {
      const { details } = await this.app.get(HealthController).ready();
      return { status: 200, stream: details['stream.main'] };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { details } = error.getResponse() as HealthCheckResult; // terminus puts its result there
      return { status: error.getStatus(), stream: details['stream.main'] };
    }
  }

  /** A queue bound to everything. */
  async bindQueue(name = 'all', pattern = '#', queueArguments: Document = {}): Promise<string> {
    const queue = `${this.name}.${name}`;
    await this.channel.assertQueue(queue, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', ...queueArguments },
    });
    await this.channel.bindQueue(queue, this.exchange, pattern);
    return queue;
  }

  /** Registers a consumer group, as a consumer would. */
  async registerGroup(name: string, patterns: string[], over: Document = {}): Promise<void> {
    const registration = {
      state: 'bound',
      joiningSince: new Date(),
      partitions: 1,
      generation: 1,
      patterns,
      queues: [],
      members: [],
      revision: 0,
      ...over,
    };
    await this.state.collection<{ _id: string }>('groups').replaceOne({ _id: name }, registration, { upsert: true });
  }

  /** Takes every message out of a queue. */
  async take(queue: string): Promise<GetMessage[]> {
    const messages: GetMessage[] = [];
    for (
      let got = await this.channel.get(queue, { noAck: true });
      got !== false;
      got = await this.channel.get(queue, { noAck: true })
    ) {
      messages.push(got);
    }
    return messages;
  }

  async messageCount(queue: string): Promise<number> {
    return (await this.channel.checkQueue(queue)).messageCount;
  }

  /** Ends the streams in good order and closes the app. */
  async stopApp(): Promise<void> {
    if (this.app === undefined) return;
    await this.service.stopAll();
    await this.app.close();
    this.app = undefined;
  }

  async stop(queues: readonly string[] = []): Promise<void> {
    await this.stopApp();
    for (const queue of queues) await this.channel.deleteQueue(`${this.name}.${queue}`);
    await this.channel.deleteExchange(this.exchange);
    await this.connection.close();
    await Promise.all([this.db.dropDatabase(), this.state.dropDatabase()]);
    await this.mongo.close();
  }
}

/** The `_id`s that the messages are about, in order. */
export function keysOf(messages: readonly GetMessage[]): unknown[] {
  return messages.map(({ content }) => {
    const { data } = JSON.parse(content.toString()) as { data: { documentKey?: { _id: { $numberInt?: string } } } };
    return Number(data.documentKey?._id.$numberInt);
  });
}
