import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thrownMessage, type StreamStatus } from '@sluice/contracts';
import type { TlsMaterial } from '@sluice/tls';
import { eventually, type EventuallyOptions, type Held } from '@sluice/testing';
import { MongoClient, type Db } from 'mongodb';
import { AppProcess, type AppName } from './app.process.js';
import { HandledLedger } from './handled.ledger.js';
import { testServers, type ServerUris } from './test-servers.js';

export interface SystemOptions {
  /** Options of the one stream, beside its name and scope (the system's own database). */
  readonly stream?: Readonly<Record<string, unknown>>;
  readonly servers?: ServerUris;
  readonly producerEnv?: Readonly<Record<string, string>>;
  readonly consumerEnv?: Readonly<Record<string, string>>;
  /** How the apps' admin HTTP is called, where that is served by TLS. */
  readonly tls?: TlsMaterial;
}

/** Both apps on real servers, with names of their own. */
export class RunningSystem {
  readonly handled: HandledLedger;
  readonly database: string;
  producer!: AppProcess;
  consumer!: AppProcess;
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  private readonly apps: AppProcess[] = [];

  private constructor(
    readonly name: string,
    readonly servers: ServerUris,
    private readonly options: SystemOptions,
    readonly client: MongoClient,
  ) {
    this.database = `${name}_data`;
    const stream = { name: 'main', scope: { database: this.database }, ...options.stream };
    writeFileSync(this.ledgerFile, '');
    this.handled = new HandledLedger(this.ledgerFile);
    writeFileSync(this.configFile, JSON.stringify({ streams: [stream] }));
  }

  /** Names and a writer only: for tests that start the apps themselves. */
  static async prepare(options: SystemOptions = {}): Promise<RunningSystem> {
    const servers = options.servers ?? testServers();
    const client = new MongoClient(servers.mongodb);
    await client.connect();
    return new RunningSystem(`t${randomBytes(5).toString('hex')}`, servers, options, client);
  }

  static async start(options: SystemOptions = {}): Promise<RunningSystem> {
    const system = await RunningSystem.prepare(options);
    system.startConsumer();
    system.startProducer();
    await Promise.all([system.consumer.ready(), system.producer.ready()]);
    return system;
  }

  get configFile(): string {
    return join(this.folder, 'sluice.json');
  }

  private get ledgerFile(): string {
    return join(this.folder, 'ledger.jsonl');
  }

  get exchange(): string {
    return `${this.name}.events`;
  }

  get db(): Db {
    return this.client.db(this.database);
  }

  startProducer(env: Readonly<Record<string, string>> = {}): AppProcess {
    return (this.producer = this.startApp('cdc-producer', { ...this.options.producerEnv, ...env }));
  }

  startConsumer(env: Readonly<Record<string, string>> = {}): AppProcess {
    return (this.consumer = this.startApp('cdc-consumer', { ...this.options.consumerEnv, ...env }));
  }

  /** Starts one more app with this system's names. */
  startApp(name: AppName, env: Readonly<Record<string, string>> = {}, wrapper: readonly string[] = []): AppProcess {
    const app = new AppProcess(name, {
      env: { ...this.environment(), ...env },
      wrapper,
      tls: this.options.tls,
    });
    this.apps.push(app);
    return app;
  }

  /** What both apps are told. */
  environment(): Record<string, string> {
    return {
      MONGODB_URI: this.servers.mongodb,
      RABBITMQ_URI: this.servers.rabbitmq,
      SLUICE_CONFIG: this.configFile,
      SLUICE_STATE_DB: `${this.name}_state`,
      SLUICE_EXCHANGE: this.exchange,
      PRODUCER_HTTP_PORT: '0',
      CONSUMER_HTTP_PORT: '0',
      PARTITIONS: '2',
      SLUICE_HANDLERS: fileURLToPath(new URL('../e2e/fixtures/ledger', import.meta.url)),
      LEDGER_FILE: this.ledgerFile,
    };
  }

  async streamStatus(): Promise<StreamStatus> {
    const { body } = await this.producer.get('/api/v1/streams');
    const [status] = (body as { streams: StreamStatus[] }).streams;
    if (status === undefined) throw new Error('no stream');
    return status;
  }

  /** Waits; on a time-out the apps' last words are told, and how ready they are. */
  async eventually<T>(condition: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<Held<Awaited<T>>> {
    try {
      return await eventually(condition, options);
    } catch (error) {
      const words = await Promise.all(this.apps.map((app) => app.lastWords()));
      throw new Error([thrownMessage(error), ...words].join('\n'), { cause: error });
    }
  }

  /** Waits until this many different events have been handled. */
  async handledAll(events: number, timeoutMs = 120_000): Promise<void> {
    await this.eventually(() => this.handled.distinct >= events, { timeoutMs });
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
    await Promise.all([
      this.client.db(this.database).dropDatabase(),
      this.client.db(`${this.name}_state`).dropDatabase(),
    ]);
    await this.client.close();
    this.handled.close();
    rmSync(this.folder, { recursive: true });
  }
}

export function aRunningSystem(options: SystemOptions = {}): Promise<RunningSystem> {
  return RunningSystem.start(options);
}
