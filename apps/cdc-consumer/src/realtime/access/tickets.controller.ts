import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { realtimeTicketSchema, type RealtimeTicket } from '@sluice/contracts';
import { AskedBy, Needs, type Caller } from '@sluice/platform';
import { TicketDesk } from './ticket.desk.js';

/** Browsers cannot send a token with a WebSocket or an EventSource: they bring a ticket. */
@ApiTags('realtime')
@Controller('realtime/tickets')
export class TicketsController {
  constructor(private readonly tickets: TicketDesk) {}

  @Post()
  @Needs('subscriber')
  @HttpCode(201)
  @ApiOperation({ summary: 'A ticket to connect with, once, within 30 seconds' })
  @ApiResponse({ status: 201, standardSchema: realtimeTicketSchema })
  async issue(@AskedBy() caller: Caller): Promise<RealtimeTicket> {
    const { ticket, expiresAt } = await this.tickets.issue(caller);
    return { ticket, expiresAt: expiresAt.toISOString() };
  }
}
