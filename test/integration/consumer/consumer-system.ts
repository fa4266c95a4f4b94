import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { GroupStatus } from '@sluice/contracts';
import { createLogger } from '@sluice/observability';
import { GracefulShutdown, MongoLink } from '@sluice/platform';
import { eventually } from '@sluice/testing';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { MongoClient, type Db } from 'mongodb';
import { loadConsumerSettings } from '../../../apps/cdc-consumer/src/config/consumer.settings.js';
import { startConsumer, type RunningConsumer } from '../../../apps/cdc-consumer/src/consumer.app.js';
import { FaultProxy } from '../../harness/fault.proxy.js';
import { TestBroker } from './test-broker.js';
import { testServers } from '../../harness/test-servers.js';

/** A consumer app under test. */
export interface TestConsumer extends RunningConsumer {
  /** As on SIGTERM; answers the exit code. */
  stop(): Promise<number>;
  /** What the admin HTTP says of the group. */
  group(): Promise<GroupStatus>;
  post(path: string, body?: object): Promise<{ status: number; body: unknown }>;
  put(path: string, body: unknown): Promise<{ status: number; body: unknown }>;
  get(path: string): Promise<{ status: number; body: unknown }>;
  delete(path: string): Promise<{ status: number; body: unknown }>;
  /** The readiness report and its HTTP status. */
  ready(): Promise<{
    status: number;
    body: { details: Record<string, { status: string; state: string; reason?: string }> };
  }>;
}

export interface ConsumerOptions {
  /** Instances whose classes hold handlers. */
  readonly handlers?: readonly object[];
  readonly controllers?: readonly Type<unknown>[];
  /** Further modules with handlers, made by Nest with what they inject. */
  readonly modules?: readonly (Type<unknown> | DynamicModule)[];
  readonly env?: Record<string, string>;
  /** Resolve only when it consumes; default. */
  readonly untilRunning?: boolean;
}

@Module({})
class TestHandlersModule {}

/** One test's own exchange, group, state database and gate before the broker, and the consumers in it. */
export class ConsumerSystem {
  readonly group = 'mirror';
  private readonly consumers: TestConsumer[] = [];

  private constructor(
    readonly broker: TestBroker,
    readonly gate: FaultProxy,
    readonly mongoGate: FaultProxy,
    private readonly stateUri: string,
    private readonly env: Record<string, string>,
  ) {}

  /** `names`: those of a producer that it is to follow. */
  static async open(names?: { exchange: string; stateDb: string }): Promise<ConsumerSystem> {
    const { mongodb, rabbitmq } = testServers();
    const name = `test-${randomBytes(4).toString('hex')}`;
    const { exchange, stateDb } = names ?? { exchange: `${name}.events`, stateDb: name };
    const gate = await FaultProxy.before(rabbitmq, 5672);
    const mongoGate = await FaultProxy.before(mongodb, 27017);
    const broker = await TestBroker.open(rabbitmq, exchange);
    return new ConsumerSystem(broker, gate, mongoGate, mongodb, {
      MONGODB_URI: mongoGate.directUri,
      RABBITMQ_URI: gate.uri,
      SLUICE_STATE_DB: stateDb,
      SLUICE_EXCHANGE: exchange,
      CONSUMER_GROUP: 'mirror',
      CONSUMER_HTTP_PORT: '0',
      LOG_LEVEL: process.env['SLUICE_TEST_LOG'] ?? 'fatal',
      PARTITIONS: '2',
    });
  }

  queue(partition: number, generation = 1): string {
    return this.broker.names.partitionQueue(this.group, generation, partition);
  }

  /** Works on the state database, as another app would. */
  async withState<T>(work: (state: Db) => Promise<T>): Promise<T> {
    const client = await MongoClient.connect(this.stateUri);
    try {
      return await work(client.db(this.env['SLUICE_STATE_DB']));
    } finally {
      await client.close();
    }
  }

  async consumer({
    handlers = [],
    controllers = [],
    modules = [],
    env = {},
    untilRunning = true,
  }: ConsumerOptions): Promise<TestConsumer> {
    const settings = loadConsumerSettings({ ...this.env, ...env });
    const logger = createLogger({ name: 'test', level: settings.environment.LOG_LEVEL });
    const shutdown = new GracefulShutdown(logger, settings.environment.SHUTDOWN_TIMEOUT_MS);
    const running = await startConsumer(
      { settings, shutdown, handlers: [handlersModule(handlers, controllers), ...modules] },
      logger,
    );
    const consumer = testConsumer(running, shutdown);
    this.consumers.push(consumer);
    if (untilRunning) await eventually(async () => (await consumer.group()).consuming === 'running');
    return consumer;
  }

  async close(): Promise<void> {
    this.gate.open();
    this.mongoGate.open();
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    await this.broker.clear(this.group);
    await this.broker.close();
    await this.gate.close();
    await this.mongoGate.close();
    const client = await MongoClient.connect(this.stateUri);
    await client.db(this.env['SLUICE_STATE_DB']).dropDatabase();
    await client.close();
  }
}

/** Each instance under its own class, with Nest's hooks called on it as on any provider. */
function handlersModule(handlers: readonly object[], controllers: readonly Type<unknown>[]): DynamicModule {
  const providers = handlers.map((handler) => ({ provide: handler.constructor, useFactory: () => handler }));
  return { module: TestHandlersModule, providers, controllers: [...controllers] };
}

function testConsumer({ app, url }: RunningConsumer, shutdown: GracefulShutdown): TestConsumer {
  const json = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, init);
    return { status: response.status, body: (await response.json()) as never }; // each caller knows its endpoint's shape
  };
  return {
    app,
    url,
    stop: async () => {
      const code = await shutdown.shutdown(app);
      await app.get(MongoLink).close();
      return code;
    },
    group: async () => {
      const { body } = (await json('/api/v1/groups')) as { body: { groups: [GroupStatus] } };
      return body.groups[0];
    },
    post: (path, body) => json(path, body === undefined ? { method: 'POST' } : sent('POST', body)),
    get: (path) => json(path),
    delete: (path) => json(path, { method: 'DELETE' }),
    put: (path, body) => json(path, sent('PUT', body)),
    ready: () => json('/health/ready'),
  };
}

function sent(method: 'POST' | 'PUT', body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
