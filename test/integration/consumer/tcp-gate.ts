import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, and can cut and refuse its connections. */
export class TcpGate {
  private readonly sockets = new Set<Socket>();
  private isOpen = true;

  private constructor(private readonly server: Server) {}

  static async before(uri: string, port: number): Promise<{ gate: TcpGate; uri: string }> {
    const target = new URL(uri);
    const [upstreamHost, upstreamPort] = [target.hostname, Number(target.port || port)];
    const server = createServer();
    const gate = new TcpGate(server);
    server.on('connection', (client) => gate.accept(client, upstreamPort, upstreamHost));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    target.hostname = '127.0.0.1';
    target.port = String((server.address() as AddressInfo).port); // it listens on TCP
    return { gate, uri: target.href };
  }

  /** Ends every connection; new ones are let through. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }
  /** Ends every connection and refuses new ones until `open`. */
  shut(): void {
    this.isOpen = false;
    this.cut();
  }
  open(): void {
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.shut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket, port: number, host: string): void {
    if (!this.isOpen) return void client.destroy();
    const upstream = connect(port, host);
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined); // a cut is what the test wants
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  }
}
