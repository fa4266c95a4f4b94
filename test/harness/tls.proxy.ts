import { connect, type AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { readFileSync } from 'node:fs';
import type { IssuedFiles } from './test.authority.js';

/** Ends TLS before a server that has none, for clients with a certificate of the authority only. */
export class TlsProxy {
  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  static async before(uri: string, files: IssuedFiles & { readonly caFile: string }): Promise<TlsProxy> {
    const { hostname, port } = new URL(uri);
    const [cert, key, ca] = [files.certFile, files.keyFile, files.caFile].map((path) => readFileSync(path, 'utf8'));
    const options = { cert, key, ca, requestCert: true, rejectUnauthorized: true };
    const server = createServer(options, (client) => {
      const upstream = connect(Number(port), hostname);
      for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
        from.on('error', () => to.destroy());
        from.pipe(to);
      }
    });
    server.on('tlsClientError', () => undefined); // the client tells what it makes of it
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TlsProxy((server.address() as AddressInfo).port, server); // a TCP server's
  }

  /** To be called when the clients have gone. */
  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}
