import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { REALTIME_CLOSE, REALTIME_PATHS } from '@sluice/contracts';
import type { WebSocket } from 'ws';
import { Admissions } from '../access/admissions.js';
import { ClientSessions } from '../connection/client.sessions.js';
import { Allowance } from '../limits/allowance.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import { ClientMessages } from './client.messages.js';
import { WebSocketOutlet } from './web-socket.outlet.js';

/** So many seconds' worth may come at once: who reconnects subscribes to everything again. */
const BURST_SECONDS = 10;

/** Binds a WebSocket to a connection: what comes in, signs of life, and its end. */
@WebSocketGateway({ path: REALTIME_PATHS.socket })
export class RealtimeGateway implements OnGatewayConnection {
  private readonly logger = new Logger('Realtime');

  constructor(
    private readonly admissions: Admissions,
    private readonly sessions: ClientSessions,
    private readonly messages: ClientMessages,
    private readonly limits: RealtimeLimits,
  ) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const caller = this.admissions.callerOf(request);
    if (caller === undefined) return socket.terminate(); // whoever was not asked at the upgrade is not let in
    const connection = this.sessions.open(new WebSocketOutlet(socket, request.socket), caller);
    const { messagesPerSecond: perSecond } = this.limits;
    const allowance = new Allowance({ perSecond, burst: perSecond * BURST_SECONDS }, performance.now());
    const isAllowed = (): boolean => {
      if (!connection.isOpen || allowance.take(performance.now()) === 0) return connection.isOpen;
      connection.close(REALTIME_CLOSE.tooManyMessages, `more than ${perSecond} messages a second`);
      return false;
    };
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      connection.silentBeats = 0;
      if (isAllowed()) this.messages.take(connection, data, isBinary);
    });
    socket.on('ping', isAllowed); // `ws` answers each, also to a client that does not read
    socket.on('pong', () => (connection.silentBeats = 0));
    // A frame that breaks the protocol: `ws` closes with the code that RFC 6455 has for it.
    socket.on('error', (error) => this.logger.debug(`a client broke the protocol: ${error.message}`));
    socket.once('close', (code) => this.sessions.gone(connection, code));
  }
}
