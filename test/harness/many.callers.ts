import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Passes requests on to an app, each from an address of its own: none is throttled for what another one did. */
export class ManyCallers {
  private readonly server: Server;
  private passed = 0;

  private constructor(private readonly target: string) {
    this.server = createServer((incoming, outgoing) => this.pass(incoming, outgoing));
  }

  static async of(target: string): Promise<ManyCallers> {
    const callers = new ManyCallers(target);
    callers.server.listen(0, '127.0.0.1');
    await once(callers.server, 'listening');
    return callers;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, rawHeaders: headers } = incoming;
    const options = { method, headers, localAddress: this.nextAddress(), agent: false as const };
    const onward = request(`${this.target}${incoming.url ?? '/'}`, options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }

  /** All of 127/8 is this machine. */
  private nextAddress(): string {
    this.passed += 1;
    return `127.2.${1 + (Math.floor(this.passed / 250) % 250)}.${1 + (this.passed % 250)}`;
  }
}
