import 'reflect-metadata';
import { createHash, randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createLogger, NestLogger, SecretMask } from '@sluice/observability';
import {
  AccessModule,
  AccessSettings,
  listen,
  MongoLink,
  MongoLinkModule,
  MongoLinkOptions,
  prepareHttp,
} from '@sluice/platform';
import { eventually } from '@sluice/testing';
import { MongoClient, type Db } from 'mongodb';
import { loadConsumerSettings } from '../../apps/cdc-consumer/src/config/consumer.settings.js';
import { SettingsModule } from '../../apps/cdc-consumer/src/config/settings.module.js';
import { ClientSessions } from '../../apps/cdc-consumer/src/realtime/connection/client.sessions.js';
import { ConnectionRegister } from '../../apps/cdc-consumer/src/realtime/connection/connection.register.js';
import { RealtimeCounters } from '../../apps/cdc-consumer/src/realtime/connection/realtime.counters.js';
import { Feed } from '../../apps/cdc-consumer/src/realtime/feed/feed.js';
import { MemoryFeed } from '../../apps/cdc-consumer/src/realtime/feed/memory.feed.fixture.js';
import { RealtimeWsAdapter } from '../../apps/cdc-consumer/src/realtime/gateway/realtime-ws.adapter.js';
import { PushModule } from '../../apps/cdc-consumer/src/realtime/push.module.js';
import { testServers } from './test-servers.js';

@Module({})
class PushTestModule {}

/** A token's entry of ADMIN_TOKENS. */
export function tokenEntry(name: string, role: string, secret: string): string {
  return `${name}:${role}:${createHash('sha256').update(secret).digest('hex')}`;
}

/** Live push alone over a feed that the test tells what to say, with a database of the test's own. */
export class PushServer {
  private constructor(
    private readonly app: NestExpressApplication,
    private readonly client: MongoClient,
    readonly url: string,
    readonly feed: MemoryFeed,
    readonly db: Db,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<PushServer> {
    const { mongodb, rabbitmq } = testServers();
    const { SLUICE_STATE_DB: name = `test-${randomBytes(4).toString('hex')}` } = env; // replicas share one
    const settings = loadConsumerSettings({
      MONGODB_URI: mongodb,
      RABBITMQ_URI: rabbitmq,
      SLUICE_STATE_DB: name,
      ...env,
    });
    const feed = new MemoryFeed();
    const feedModule: DynamicModule = {
      module: PushTestModule,
      providers: [{ provide: Feed, useValue: feed }],
      exports: [Feed],
    };
    const logger = createLogger({ name: 'push', level: process.env['SLUICE_TEST_LOG'] ?? 'fatal' });
    const root: DynamicModule = {
      module: class Root {},
      imports: [
        SettingsModule.forRoot(settings),
        AccessModule.forRoot(new AccessSettings(settings.environment)),
        MongoLinkModule.forRoot(MongoLinkOptions.of(settings.environment, 'test')),
        PushModule.over(feedModule),
      ],
    };
    const app = await NestFactory.create<NestExpressApplication>(root, {
      logger: new NestLogger(logger),
      forceCloseConnections: true,
      bodyParser: false,
      abortOnError: false,
    });
    app.useWebSocketAdapter(new RealtimeWsAdapter(app));
    prepareHttp(app, {
      title: 'push',
      description: 'live push',
      logger,
      mask: new SecretMask([]),
      exchange: settings.environment.SLUICE_EXCHANGE,
    });
    const url = await listen(app, { host: '127.0.0.1', port: 0 });
    await eventually(() => app.get(MongoLink).isConnected());
    const client = await new MongoClient(mongodb).connect();
    return new PushServer(app, client, url, feed, client.db(name));
  }

  get wsUrl(): string {
    return `${this.url.replace('http', 'ws')}/realtime`;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get counters(): RealtimeCounters {
    return this.app.get(RealtimeCounters);
  }

  get connections(): number {
    return this.app.get(ConnectionRegister).all.size;
  }

  /** Another database of the same server. */
  database(name: string): Db {
    return this.client.db(name);
  }

  /** As the shutdown does it first. */
  end(): void {
    this.app.get(ClientSessions).end();
  }

  async stop(): Promise<void> {
    await this.db.dropDatabase();
    await this.client.close();
    await this.app.close();
  }
}
