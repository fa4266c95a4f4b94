import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { explainTlsFailure, readTlsClient, type TlsClient } from '@sluice/tls';
import type { ServerDescription } from 'mongodb';
import type { Connection } from 'mongoose';
import { thrownError } from '@sluice/contracts';
import { mongoTls, type ServerEnvironment } from '../tls/tls.settings.js';

export type LinkStatus = 'connecting' | 'connected' | 'disconnected' | 'closed';

/** How to reach MongoDB. */
export class MongoLinkOptions {
  constructor(
    readonly uri: string,
    /** The database that Sluice's own state lives in. */
    readonly stateDb: string,
    readonly appName: string,
    /** Where the URI asks for TLS; its files are read when the connection is opened. */
    readonly tls?: TlsClient | undefined,
  ) {}

  static of(environment: ServerEnvironment & { readonly SLUICE_STATE_DB: string }, appName: string): MongoLinkOptions {
    return new MongoLinkOptions(environment.MONGODB_URI, environment.SLUICE_STATE_DB, appName, mongoTls(environment));
  }
}

const CONNECTED = 1;
const CONNECTING = 2;
const RETRY_MS = 1_000;
/** Short, because a shutdown waits for what is under way; whoever uses the connection tries again. */
const SERVER_SELECTION_MS = 2_000;

/**
 * The app's one connection to MongoDB. Mongoose gives up for good when the first connect fails; this goes on trying,
 * so that an app started before its server comes up by itself. Once connected, the driver reconnects on its own.
 */
@Injectable()
export class MongoLink implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(MongoLink.name);
  private closed = false;
  private wasConnected = false;
  private connects = 0;
  private sinceDate = new Date();
  private failure: Error | undefined;
  private reported: string | undefined;
  private opening: Promise<void> = Promise.resolve();

  constructor(
    @InjectConnection() readonly connection: Connection,
    private readonly options: MongoLinkOptions,
  ) {
    // Mongoose tries to open it as it is made, without a URI yet: an app that ends before `open` would die of that.
    connection.asPromise().catch(() => undefined);
  }

  onModuleInit(): void {
    this.connection.on('connected', () => this.note('connected'));
    this.connection.on('disconnected', () => this.note('disconnected'));
    this.connection.on('error', (error: Error) => (this.failure = this.explained(error)));
    this.opening = this.open();
  }

  /** Before Mongoose's own module closes it, which would look like a loss. */
  beforeApplicationShutdown(): Promise<void> {
    return this.close();
  }

  get status(): LinkStatus {
    if (this.closed) return 'closed';
    const state: number = this.connection.readyState; // https://mongoosejs.com/docs/api/connection.html#Connection.prototype.readyState
    if (state === CONNECTED) return 'connected';
    return state === CONNECTING ? 'connecting' : 'disconnected';
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

  isConnected(): boolean {
    return this.status === 'connected';
  }

  /** Rejects unless the server answers now. */
  async ping(timeoutMs: number): Promise<void> {
    if (!this.isConnected()) throw this.failure ?? new Error('not connected yet');
    try {
      await this.connection.db?.command({ ping: 1 }, { timeoutMS: timeoutMs });
    } catch (error) {
      throw this.explained(error);
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.connection.close();
    await this.opening;
  }

  private async open(): Promise<void> {
    const { uri, stateDb, appName, tls } = this.options;
    while (!this.closed) {
      try {
        await this.connection.openUri(uri, {
          dbName: stateDb,
          appName,
          serverSelectionTimeoutMS: SERVER_SELECTION_MS,
          autoIndex: false,
          ...(tls === undefined ? {} : readTlsClient(tls)),
        });
        return;
      } catch (error) {
        this.failed(this.explained(error));
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Said once, and again only when the reason changes. */
  private failed(error: Error): void {
    const isNews = this.reported !== error.message;
    this.failure = error;
    this.reported = error.message;
    if (!isNews || this.closed) return;
    this.logger.warn(`MongoDB is not reachable since ${this.sinceDate.toISOString()}, trying again: ${error.message}`);
  }

  private explained(thrown: unknown): Error {
    const error = thrownError(thrown);
    const { tls } = this.options;
    if (tls === undefined) return error;
    const failure = serverFailure(error) ?? error;
    const explained = explainTlsFailure(failure, tls.prefix);
    return explained === failure ? error : explained;
  }

  private note(status: 'connected' | 'disconnected'): void {
    const changed = this.wasConnected !== (status === 'connected');
    this.wasConnected = status === 'connected';
    if (this.closed || !changed) return; // a failed attempt to connect also says "disconnected"
    this.sinceDate = new Date();
    if (status === 'connected') {
      this.connects += 1;
      this.logger.log('connected to MongoDB');
    } else this.logger.warn('lost MongoDB; the driver reconnects');
  }
}

/** Mongoose's error has, in the place of the driver's cause, the servers with the failure of each. */
function serverFailure({ cause }: Error): Error | undefined {
  if (typeof cause !== 'object' || cause === null || !('servers' in cause) || !(cause.servers instanceof Map)) return;
  const servers = [...cause.servers.values()] as ServerDescription[]; // the driver's TopologyDescription, which it does not export
  return servers.find(({ error }) => error !== null)?.error ?? undefined;
}
