import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy before a server, which can cut and refuse its connections, also at the very moment of a chosen message. */
export class FaultProxy {
  private readonly sockets = new Set<Socket>();
  private trigger: Buffer | undefined;
  private deaf = false;
  private isOpen = true;
  private hits = 0;
  private spoilt: (() => void) | undefined;
  /** What clients have sent since the broker blocks, and to whom. */
  private blocked: { held: { data: Buffer; upstream: Socket }[]; heartbeats: NodeJS.Timeout } | undefined;
  /** What the server has answered since it is muted, and to whom. */
  private muted: { held: { data: Buffer; client: Socket }[]; heartbeats: NodeJS.Timeout } | undefined;
  private readonly pairs = new Map<Socket, Socket>();

  private constructor(
    readonly uri: string,
    private readonly server: Server,
  ) {}

  /** `port`: the server's, where the URI leaves it out. */
  static async before(uri: string, port?: number): Promise<FaultProxy> {
    const target = new URL(uri);
    const [host, upstreamPort] = [target.hostname, Number(target.port) || port];
    if (upstreamPort === undefined) throw new TypeError(`${uri} names no port`);
    const pending: { proxy?: FaultProxy } = {};
    const server = createServer((client) => pending.proxy?.join(client, connect(upstreamPort, host)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    target.hostname = '127.0.0.1';
    target.port = String((server.address() as AddressInfo).port); // a TCP server's
    return (pending.proxy = new FaultProxy(target.href, server));
  }

  /** For MongoDB's driver: one that discovers the replica set would go round the proxy. */
  get directUri(): string {
    const direct = new URL(this.uri);
    direct.searchParams.delete('replicaSet');
    direct.searchParams.set('directConnection', 'true');
    return direct.href;
  }

  /** Cuts every connection now; new ones pass. */
  cut(): void {
    this.deaf = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Cuts every connection and refuses new ones until `open`. */
  shut(): void {
    this.isOpen = false;
    this.cut();
  }

  open(): void {
    this.isOpen = true;
  }

  /** Swallows the next message from a client that holds these bytes, and cuts: the server went away just then. */
  cutAt(bytes: Buffer): void {
    this.trigger = bytes;
  }

  /** How often a chosen message has come. */
  get cuts(): number {
    return this.hits;
  }

  /**
   * Makes the next acknowledgement one of a delivery that there never was, which RabbitMQ answers by closing the channel
   * with 406: resolves when it has been sent. https://www.rabbitmq.com/docs/channels#error-handling
   */
  spoilAcknowledgement(): Promise<void> {
    return new Promise((resolve) => (this.spoilt = resolve));
  }

  /**
   * Does what a RabbitMQ does that is low on memory or disk: says so, then reads no more from its publishers, and keeps
   * their connections. To be called while the clients are quiet. https://www.rabbitmq.com/docs/alarms
   */
  block(): void {
    for (const client of this.pairs.keys()) client.write(CONNECTION_BLOCKED);
    const beat = () => {
      for (const upstream of this.pairs.values()) upstream.write(HEARTBEAT);
    };
    this.blocked = { held: [], heartbeats: setInterval(beat, 1_000) };
  }

  /** The broker reads again, and gets everything that it has not read. */
  unblock(): void {
    const { blocked } = this;
    if (blocked === undefined) return;
    this.blocked = undefined;
    clearInterval(blocked.heartbeats);
    for (const { data, upstream } of blocked.held) upstream.write(data);
    for (const client of this.pairs.keys()) client.write(CONNECTION_UNBLOCKED);
  }

  /**
   * Keeps back whatever RabbitMQ answers, confirms among it, but for heartbeats: it is there, and slow. To be called while
   * the clients are quiet.
   */
  mute(): void {
    const beat = () => {
      for (const client of this.pairs.keys()) client.write(HEARTBEAT);
    };
    this.muted = { held: [], heartbeats: setInterval(beat, 1_000) };
  }

  /** Everything that was kept back comes. */
  unmute(): void {
    const { muted } = this;
    if (muted === undefined) return;
    this.muted = undefined;
    clearInterval(muted.heartbeats);
    for (const { data, client } of muted.held) client.write(data);
  }

  async close(): Promise<void> {
    clearInterval(this.blocked?.heartbeats);
    clearInterval(this.muted?.heartbeats);
    this.shut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, upstream: Socket): void {
    if (!this.isOpen) {
      client.destroy();
      upstream.destroy();
    }
    this.pairs.set(client, upstream);
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined); // 'close' follows
      socket.on('close', () => {
        this.sockets.delete(socket);
        this.pairs.delete(client);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data: Buffer) => this.fromClient(data, upstream));
    upstream.on('data', (data: Buffer) => {
      if (this.muted !== undefined) this.muted.held.push({ data, client });
      else if (!this.deaf) client.write(data);
    });
  }

  private fromClient(data: Buffer, upstream: Socket): void {
    this.spoilAcknowledgementIn(data);
    if (this.trigger !== undefined && data.includes(this.trigger)) {
      this.trigger = undefined;
      this.deaf = true;
      this.hits += 1;
      setImmediate(() => this.cut());
    }
    if (this.blocked !== undefined) this.blocked.held.push({ data, upstream });
    else if (!this.deaf) upstream.write(data);
  }

  private spoilAcknowledgementIn(data: Buffer): void {
    const { spoilt } = this;
    if (spoilt === undefined) return;
    const tag = data.indexOf(ACKNOWLEDGEMENT) + ACKNOWLEDGEMENT.length;
    if (tag < ACKNOWLEDGEMENT.length || tag + 8 > data.length) return; // none, or cut in two: the next one then
    data.writeBigUInt64BE(NO_TAG, tag);
    this.spoilt = undefined;
    spoilt();
  }
}

/** The rest of a method frame's head, and AMQP's basic.ack: 13 bytes, class 60, method 80; the delivery tag follows. */
const ACKNOWLEDGEMENT = Buffer.from([0, 0, 0, 13, 0, 60, 0, 80]);
const NO_TAG = 2n ** 40n;

/** AMQP's channel.close: class 20, method 40. */
export const CHANNEL_CLOSE = Buffer.from([0, 20, 0, 40]);

const HEARTBEAT = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]);
/** Method frames on channel 0: connection.blocked (class 10, method 60) with a short reason, and connection.unblocked. */
const CONNECTION_BLOCKED = Buffer.from([1, 0, 0, 0, 0, 0, 8, 0, 10, 0, 60, 3, 0x6c, 0x6f, 0x77, 0xce]);
const CONNECTION_UNBLOCKED = Buffer.from([1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 61, 0xce]);
