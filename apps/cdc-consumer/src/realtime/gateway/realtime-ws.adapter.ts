import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketServer, type ServerOptions } from 'ws';
import { Admissions } from '../access/admissions.js';
import { RealtimeEntrance } from '../access/realtime.entrance.js';
import { SOCKET_PATH } from '../access/realtime.urls.js';
import { ClientSessions } from '../connection/client.sessions.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { refuseUpgrade, UpgradeUnknownError } from './upgrade.refusal.js';

/** Over it a message is closed with 1009 before it is read. */
const MAX_INCOMING_BYTES = 64 * 1024;
/** How long a client has to answer a close. */
const CLOSE_TIMEOUT_MS = 5_000;

const OPTIONS: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  maxPayload: MAX_INCOMING_BYTES,
  perMessageDeflate: false, // memory for each connection, and what is secret beside what is chosen (CRIME)
  closeTimeout: CLOSE_TIMEOUT_MS, // since ws 8.19; its types lack it
};

/**
 * Nest's adapter for `ws`, but for two things. Whoever connects is known before the handshake, and is refused with an
 * HTTP status and problem details, where Nest's would let in first and ask later, and answer a wrong path with nothing.
 * And messages are told apart by `type`, as the contract has it, so none is read twice.
 */
export class RealtimeWsAdapter extends WsAdapter {
  private readonly admissions: Admissions;
  private readonly entrance: RealtimeEntrance;
  private readonly sessions: ClientSessions;
  private readonly counters: RealtimeCounters;

  constructor(app: INestApplicationContext) {
    super(app);
    this.admissions = app.get(Admissions);
    this.entrance = app.get(RealtimeEntrance);
    this.sessions = app.get(ClientSessions);
    this.counters = app.get(RealtimeCounters);
  }

  override create(): WebSocketServer {
    const server = new WebSocketServer(OPTIONS);
    const http = this.httpServer as Server; // Nest types it as any
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy()); // until `ws` has it: a client that goes meanwhile is no fault
      this.admit(server, request, socket, head).catch((error: unknown) => {
        this.counters.refused += 1;
        refuseUpgrade(socket, error);
      });
    });
    return server;
  }

  /** The gateway listens itself: Nest's way costs a chain of observables for each connection. */
  override bindMessageHandlers(): void {}

  private async admit(server: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'ws://localhost');
    if (!SOCKET_PATH.test(url.pathname)) throw new UpgradeUnknownError();
    const caller = await this.entrance.admit(request, url);
    const place = this.sessions.reserve(caller);
    socket.once('close', () => place.release());
    if (socket.destroyed) return place.release();
    this.admissions.note(request, caller);
    server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
  }
}
