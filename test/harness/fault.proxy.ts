import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy before a server, which can cut and refuse its connections, also at the very moment of a chosen message. */
export class FaultProxy {
  private readonly sockets = new Set<Socket>();
  private trigger: Buffer | undefined;
  private deaf = false;
  private isOpen = true;
  private hits = 0;

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

  async close(): Promise<void> {
    this.shut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, upstream: Socket): void {
    if (!this.isOpen) {
      client.destroy();
      upstream.destroy();
    }
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined); // 'close' follows
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data: Buffer) => this.fromClient(data, upstream));
    upstream.on('data', (data: Buffer) => {
      if (!this.deaf) client.write(data);
    });
  }

  private fromClient(data: Buffer, upstream: Socket): void {
    if (this.trigger !== undefined && data.includes(this.trigger)) {
      this.trigger = undefined;
      this.deaf = true;
      this.hits += 1;
      setImmediate(() => this.cut());
    }
    if (!this.deaf) upstream.write(data);
  }
}

/** AMQP's channel.close: class 20, method 40. */
export const CHANNEL_CLOSE = Buffer.from([0, 20, 0, 40]);
