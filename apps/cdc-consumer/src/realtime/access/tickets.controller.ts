import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { REALTIME_PATHS, realtimeTicketSchema, type RealtimeTicket } from '@sluice/contracts';
import { AskedBy, Needs, type Caller } from '@sluice/platform';
import { TicketAllowances } from './ticket.allowances.js';
import { TicketDesk } from './ticket.desk.js';

/** Browsers cannot send a token with a WebSocket or an EventSource: they bring a ticket. */
@ApiTags('realtime')
@Controller(REALTIME_PATHS.tickets)
export class TicketsController {
  constructor(
    private readonly tickets: TicketDesk,
    private readonly allowances: TicketAllowances,
  ) {}

  @Post()
  @Needs('subscriber')
  @HttpCode(201)
  @ApiOperation({ summary: 'A ticket to connect with, once, within 30 seconds' })
  @ApiResponse({ status: 201, standardSchema: realtimeTicketSchema })
  @ApiResponse({
    status: 429,
    description: 'The token has asked for too many, or wrong ones came from this address; `Retry-After` says when',
  })
  async issue(@AskedBy() caller: Caller): Promise<RealtimeTicket> {
    this.allowances.take(caller, performance.now());
    const { ticket, expiresAt } = await this.tickets.issue(caller);
    return { ticket, expiresAt: expiresAt.toISOString() };
  }
}
