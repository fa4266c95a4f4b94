import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AdminAccess, covers, RoleInsufficientError, type Caller } from '@sluice/platform';
import { ConsumerSettings } from '../../config/consumer.settings.js';
import { readEventId } from '../sse/last-event-id.js';
import { refuseForeignOrigin } from './origin.policy.js';
import { EVENTS_URL, OPENED_BY_URL } from './realtime.urls.js';
import { StreamPasses } from './stream.passes.js';
import { TicketDesk } from './ticket.desk.js';

/** Tells who wants to connect, and whether from a page that may: the same for WebSockets, server-sent events and links. */
@Injectable()
export class RealtimeEntrance implements OnModuleInit {
  /** Pages of other origins that may connect. */
  readonly origins: readonly string[];

  constructor(
    private readonly access: AdminAccess,
    private readonly tickets: TicketDesk,
    private readonly passes: StreamPasses,
    { environment }: ConsumerSettings,
  ) {
    this.origins = environment.REALTIME_ORIGINS ?? [];
  }

  /** Routes that a browser opens by their URL alone take a ticket in place of a token. */
  onModuleInit(): void {
    this.access.take((request) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      return OPENED_BY_URL.test(url.pathname) ? this.admit(request, url) : undefined;
    });
  }

  /** @throws an error with a code and an HTTP status */
  async admit(request: IncomingMessage, url: URL): Promise<Caller> {
    refuseForeignOrigin(request.headers, this.origins);
    const caller = await this.callerOf(request, url);
    if (!covers(caller.role, 'subscriber')) throw new RoleInsufficientError(caller.role, 'subscriber');
    return caller;
  }

  /** Lets a page of another origin that may connect read the answer. */
  showTo({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Vary', 'Origin');
    if (origin !== undefined && this.origins.includes(origin))
      response.setHeader('Access-Control-Allow-Origin', origin);
  }

  private callerOf(request: IncomingMessage, url: URL): Promise<Caller> {
    const ticket = url.searchParams.get('ticket');
    const isTicketed = ticket !== null && request.headers.authorization === undefined;
    if (!isTicketed || !this.access.asksForToken) return this.access.byToken(request);
    return this.access.callerBy(request, () => this.ownerOf(ticket, request, url));
  }

  private ownerOf(ticket: string, request: IncomingMessage, { pathname, searchParams }: URL): Promise<Caller> {
    if (request.method === 'HEAD') return this.tickets.look(ticket); // RFC 9110, 9.2.1: it changes nothing
    return EVENTS_URL.test(pathname)
      ? this.redeemForStream(request, ticket, searchParams)
      : this.tickets.redeem(ticket);
  }

  private async redeemForStream(request: IncomingMessage, ticket: string, query: URLSearchParams): Promise<Caller> {
    const { returnKey } = readEventId(request.headers['last-event-id']?.toString());
    const asked = JSON.stringify([...query].filter(([name]) => name !== 'ticket').sort());
    const pass = await this.tickets.redeemForStream(ticket, asked, returnKey);
    this.passes.note(request, pass);
    return pass.caller;
  }
}
