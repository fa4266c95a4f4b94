import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Head, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { REALTIME_PATHS, relaxedJsonOf } from '@sluice/contracts';
import { AskedBy, MethodNotAllowedError, type Caller } from '@sluice/platform';
import { RealtimeAccess } from '../access/realtime.access.js';
import { RealtimeEntrance } from '../access/realtime.entrance.js';
import { TakesTickets } from '../access/takes-tickets.decorator.js';
import { cutAfter, refusePipelined, whenOver } from '../connection/answer.end.js';
import { ClientSessions } from '../connection/client.sessions.js';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import { documentQuerySchema, documentSubscription, type DocumentQuery } from '../sse/subscription.url.js';
import { projectedFields } from '../subscription/field-tree.js';
import { DocumentSource } from './document.source.js';

/** Within so many heartbeats, and a second for so many bytes: as long as a slow client of a stream has, and what it is behind. */
const PATIENCE = 2;
const LEAST_BYTES_PER_SECOND = 131_072;

/** Documents that were too large for a message, as they are now. */
@ApiTags('realtime')
@Controller(REALTIME_PATHS.documents)
export class DocumentsController {
  constructor(
    private readonly entrance: RealtimeEntrance,
    private readonly access: RealtimeAccess,
    private readonly documents: DocumentSource,
    private readonly sessions: ClientSessions,
    private readonly limits: RealtimeLimits,
  ) {}

  /** To answer it as a GET, the document would be read, by the same ticket again and again. */
  @Head(':namespace')
  @TakesTickets()
  @ApiExcludeEndpoint()
  head(): never {
    throw new MethodNotAllowedError('HEAD', ['GET', 'OPTIONS']);
  }

  @Get(':namespace')
  @TakesTickets()
  @ApiOperation({ summary: "The document that an event's `href` links, as far as the caller may see it" })
  @ApiResponse({ status: 200, description: '`{ documentKey, fullDocument }`, as in a snapshot' })
  @ApiResponse({ status: 404, description: 'It is not there, or does not match' })
  @ApiResponse({ status: 409, description: 'Another request of the same connection is being answered' })
  async document(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @AskedBy() caller: Caller,
    @Param('namespace') namespace: string,
    @Query({ schema: documentQuerySchema }) query: DocumentQuery,
  ): Promise<void> {
    refusePipelined(response);
    const { terms, view } = this.access.permit(caller, documentSubscription(namespace, query));
    const place = this.sessions.reserve(caller);
    whenOver(request, response, () => place.release());
    const found = await this.documents.find(namespace, terms);
    if (found === null) {
      throw new RealtimeRequestError('SLUICE-REALTIME-DOCUMENT-UNKNOWN', 'no such document, or it does not match now');
    }
    if (response.destroyed) return;
    const shown = { documentKey: { _id: found['_id'] }, fullDocument: projectedFields(found, view.fields) };
    const body = Buffer.from(relaxedJsonOf(shown)); // before the head: what fails behind it would leave the caller waiting
    this.entrance.showTo(request, response);
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
    cutAfter(PATIENCE * this.limits.heartbeatMs + (body.length * 1_000) / LEAST_BYTES_PER_SECOND, response);
    response.end(body);
  }
}
