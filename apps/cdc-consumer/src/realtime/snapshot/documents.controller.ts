import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { REALTIME_PATHS, relaxedJsonOf } from '@sluice/contracts';
import { AskedBy, type Caller } from '@sluice/platform';
import { RealtimeAccess } from '../access/realtime.access.js';
import { RealtimeEntrance } from '../access/realtime.entrance.js';
import { TakesTickets } from '../access/takes-tickets.decorator.js';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import { documentQuerySchema, documentSubscription, type DocumentQuery } from '../sse/subscription.url.js';
import { projectedFields } from '../subscription/field-tree.js';
import { DocumentSource } from './document.source.js';

/** Documents that were too large for a message, as they are now. */
@ApiTags('realtime')
@Controller(REALTIME_PATHS.documents)
export class DocumentsController {
  constructor(
    private readonly entrance: RealtimeEntrance,
    private readonly access: RealtimeAccess,
    private readonly documents: DocumentSource,
  ) {}

  @Get(':namespace')
  @TakesTickets()
  @ApiOperation({ summary: "The document that an event's `href` links, as far as the caller may see it" })
  @ApiResponse({ status: 200, description: '`{ documentKey, fullDocument }`, as in a snapshot' })
  @ApiResponse({ status: 404, description: 'It is not there, or does not match' })
  async document(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @AskedBy() caller: Caller,
    @Param('namespace') namespace: string,
    @Query({ schema: documentQuerySchema }) query: DocumentQuery,
  ): Promise<void> {
    const { terms, view } = this.access.permit(caller, documentSubscription(namespace, query));
    const found = await this.documents.find(namespace, terms);
    if (found === null) {
      throw new RealtimeRequestError('SLUICE-REALTIME-DOCUMENT-UNKNOWN', 'no such document, or it does not match now');
    }
    const shown = { documentKey: { _id: found['_id'] }, fullDocument: projectedFields(found, view.fields) };
    const body = relaxedJsonOf(shown); // before the head: what fails behind it would leave the caller waiting
    this.entrance.showTo(request, response);
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
    response.end(body);
  }
}
