import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Head, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiHeader, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { REALTIME_PATHS, type Subscription } from '@sluice/contracts';
import { AskedBy, type Caller } from '@sluice/platform';
import { RealtimeEntrance } from '../access/realtime.entrance.js';
import { StreamPasses } from '../access/stream.passes.js';
import { TakesTickets } from '../access/takes-tickets.decorator.js';
import { refusePipelined, whenOver } from '../connection/answer.end.js';
import { ClientSessions } from '../connection/client.sessions.js';
import { SubscriptionDesk } from '../subscription/subscription.desk.js';
import { readEventId } from './last-event-id.js';
import { SseOutlet, STREAM_HEADERS } from './sse.outlet.js';
import { eventsQuerySchema, resumedFrom, subscriptionOf, type EventsQuery } from './subscription.url.js';

/** The name of the one subscription that such a connection has. */
const ID = 'events';
/** A client that goes says no code: as a WebSocket's that goes in order. */
const GONE = 1_000;

/** Live push for whoever has no WebSocket: what a URL says is one subscription. */
@ApiTags('realtime')
@Controller(REALTIME_PATHS.events)
export class EventsController {
  constructor(
    private readonly entrance: RealtimeEntrance,
    private readonly passes: StreamPasses,
    private readonly sessions: ClientSessions,
    private readonly desk: SubscriptionDesk,
  ) {}

  /** What a stream would be answered with: without one it needs neither a place nor a ticket. */
  @Head()
  @TakesTickets()
  @ApiExcludeEndpoint()
  head(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @AskedBy() caller: Caller,
    @Query({ schema: eventsQuerySchema }) query: EventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
  ): void {
    this.desk.permit(caller, askedBy(query, lastEventId));
    this.entrance.showTo(request, response);
    response.writeHead(200, STREAM_HEADERS).end();
  }

  @Get()
  @TakesTickets()
  @ApiOperation({ summary: 'Changes as server-sent events; the messages are those of the WebSocket at /realtime' })
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The `id` to go on from; browsers send it' })
  @ApiResponse({ status: 200, description: '`event` is the type of the message, `id` its cursor, `data` the message' })
  @ApiResponse({ status: 409, description: 'Another request of the same connection is being answered' })
  async events(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @AskedBy() caller: Caller,
    @Query({ schema: eventsQuerySchema }) query: EventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
  ): Promise<void> {
    refusePipelined(response);
    const asked = askedBy(query, lastEventId);
    const taken: (() => void)[] = [];
    const leave = () => taken.splice(0).forEach((giveBack) => giveBack());
    try {
      const pass = this.passes.hold(request, () => {
        leave();
        response.destroy();
      });
      taken.push(() => this.passes.release(pass));
      const place = this.sessions.reserve(caller);
      taken.push(() => place.release());
      const outlet = new SseOutlet(response, pass?.returnKey);
      const connection = this.sessions.open(outlet, caller);
      taken.push(() => this.sessions.gone(connection, GONE));
      const subscription = this.desk.open(connection, ID, asked);
      this.entrance.showTo(request, response);
      outlet.begin(readEventId(lastEventId).cursor);
      whenOver(request, response, leave);
      if (!response.destroyed) await this.desk.follow(subscription, asked);
    } catch (error) {
      leave();
      throw error;
    }
  }
}

function askedBy(query: EventsQuery, lastEventId: string | undefined): Subscription {
  return resumedFrom(subscriptionOf(query), readEventId(lastEventId).cursor);
}
