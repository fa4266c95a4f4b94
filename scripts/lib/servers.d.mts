/** A server that the scripts started, or that the user named. */
export interface ServerHandle {
  readonly uri: string;
  /** What it is and where, for people. */
  readonly describe: string;
  /** False for a server named by `SLUICE_EXTERNAL_…`: it refuses `start`, `stop` and `kill`. */
  readonly isPrivate: boolean;
  /** Starts it again on the same port and data; resolves when it serves. Nothing happens while it runs. */
  start(options?: { signal?: AbortSignal }): Promise<void>;
  /** Ends it in good order; its data stays for the next `start`. */
  stop(): Promise<void>;
  /** SIGKILL to it and its children; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface Slot {
  readonly name: string;
  readonly number: number;
  readonly dir: string;
  readonly scope: string;
  readonly id: string;
  /** Labels of what a killed run had left running in this slot, stopped by now. */
  readonly leftovers: readonly string[];
  release(): Promise<void>;
}

/** How much history a MongoDB of our own keeps. */
export type OplogLength = 'tiny' | 'short' | 'long';

export interface ProvisionOptions {
  slot: Slot;
  /** Default: `long`. */
  oplog?: OplogLength;
  /** Told what is about to be installed or used. */
  say?: (line: string) => void;
  /** Told why a way to a server was left for the next. */
  note?: (line: string) => void;
  signal?: AbortSignal;
}

export interface Servers {
  readonly mongodb: ServerHandle;
  readonly rabbitmq: ServerHandle;
  stop(): Promise<void>;
}

export function provision(options: ProvisionOptions): Promise<Servers>;

export interface ExtraOptions {
  say?: (line: string) => void;
  signal?: AbortSignal;
}

export interface BrokerHandle extends ServerHandle {
  /** Raises the broker's memory alarm: it takes nothing more from whoever publishes. */
  block(): Promise<void>;
  unblock(): Promise<void>;
  /** One more user, who may do everything. */
  addUser(name: string, password: string): Promise<void>;
  /** Who is connected, and by which mechanism: `ann PLAIN`. */
  logins(): Promise<string[]>;
  /** Its port for clients with a certificate; where `tls` was asked for. */
  readonly tlsUri?: string;
}

export interface ExtraBrokerOptions extends ExtraOptions {
  /** Its own certificate and key, and whose signature the certificates of clients need. */
  tls?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
}

/** One more RabbitMQ with a port, node name and data of its own, for tests that stop, kill or block it. */
export function startRabbitmq(options?: ExtraBrokerOptions): Promise<BrokerHandle>;

export interface ExtraMongodbOptions extends ExtraOptions {
  /** `tiny`: one that a test can write past. Default: `long`. */
  oplog?: OplogLength;
  /** No replica set: a server without change streams. */
  standalone?: boolean;
}

/** One more MongoDB-protocol server (replica set of one node) of its own, for tests that stop it, kill it or make it fail. */
export function startMongodb(options?: ExtraMongodbOptions): Promise<ServerHandle>;
