import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AdminAccess, covers, RoleInsufficientError, type Caller } from '@sluice/platform';
import { ConsumerSettings } from '../../config/consumer.settings.js';
import { refuseForeignOrigin } from './origin.policy.js';
import { TicketDesk } from './ticket.desk.js';

/** Tells who wants to connect, and whether from a page that may: the same for WebSockets, server-sent events and links. */
@Injectable()
export class RealtimeEntrance {
  /** Pages of other origins that may connect. */
  readonly origins: readonly string[];

  constructor(
    private readonly access: AdminAccess,
    private readonly tickets: TicketDesk,
    { environment }: ConsumerSettings,
  ) {
    this.origins = environment.REALTIME_ORIGINS ?? [];
  }

  /** @throws an error with a code and an HTTP status */
  async admit(request: IncomingMessage, ticket: string | null | undefined): Promise<Caller> {
    refuseForeignOrigin(request.headers, this.origins);
    const caller = await this.callerOf(request, ticket ?? undefined);
    if (!covers(caller.role, 'subscriber')) throw new RoleInsufficientError(caller.role, 'subscriber');
    return caller;
  }

  /** Lets a page of another origin that may connect read the answer. */
  showTo({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Vary', 'Origin');
    if (origin !== undefined && this.origins.includes(origin))
      response.setHeader('Access-Control-Allow-Origin', origin);
  }

  private callerOf(request: IncomingMessage, ticket: string | undefined): Promise<Caller> {
    const isTicketed = ticket !== undefined && request.headers.authorization === undefined;
    if (!isTicketed || !this.access.asksForToken) return this.access.callerOf(request);
    return this.access.callerBy(request, () => this.tickets.redeem(ticket));
  }
}
