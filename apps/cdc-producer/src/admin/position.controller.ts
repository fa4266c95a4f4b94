import { Body, Controller, Delete, Get, Headers, Param, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  deletePositionQuerySchema,
  positionAuditPageSchema,
  positionChangeResultSchema,
  positionHistoryQuerySchema,
  problemSchema,
  dryRunQuerySchema,
  setPositionSchema,
  streamPositionSchema,
  type DryRunQuery,
  type PositionAuditPage,
  type PositionChangeResult,
  type PositionHistoryQuery,
  type SetPosition,
  type StreamPosition,
} from '@sluice/contracts';
import { AskedBy, type Caller } from '@sluice/platform';
import { PositionService, type Tagged } from '../position/position.service.js';

/** What we use of Express' response. */
interface HeaderTarget {
  setHeader(name: string, value: string): unknown;
}

const answers = {
  unknown: { status: 404, description: 'No such stream', standardSchema: problemSchema },
  busy: { status: 409, description: 'The stream is not paused, or still held', standardSchema: problemSchema },
  changed: { status: 412, description: 'If-Match names another position', standardSchema: problemSchema },
  refused: { status: 422, description: 'The stream cannot be opened there', standardSchema: problemSchema },
  unnamed: { status: 428, description: 'If-Match is missing', standardSchema: problemSchema },
  away: { status: 503, description: 'The state database is away', standardSchema: problemSchema },
} as const;

const ifMatch = {
  name: 'If-Match',
  required: false,
  description: 'The ETag of the position that is to be changed; a dry run does without',
};

/** Where a stream stands, and moving it. */
@ApiTags('streams')
@ApiResponse(answers.unknown)
@ApiResponse(answers.away)
@Controller('api/v1/streams/:name/position')
export class PositionController {
  constructor(private readonly positions: PositionService) {}

  @Get()
  @ApiOperation({ summary: 'The saved position, decoded; its ETag names it' })
  @ApiResponse({ status: 200, standardSchema: streamPositionSchema })
  async read(@Param('name') name: string, @Res({ passthrough: true }) to: HeaderTarget): Promise<StreamPosition> {
    return tagged(await this.positions.read(name), to);
  }

  @Put()
  @ApiOperation({ summary: 'Set it to now, a time or a token; the paused stream goes on from there at its resume' })
  @ApiHeader(ifMatch)
  @ApiResponse({ status: 200, standardSchema: positionChangeResultSchema })
  @ApiResponse(answers.busy)
  @ApiResponse(answers.changed)
  @ApiResponse(answers.refused)
  @ApiResponse(answers.unnamed)
  async set(
    @Param('name') name: string,
    @Body({ schema: setPositionSchema }) { to, by, reason }: SetPosition,
    @Query({ schema: dryRunQuerySchema }) { dryRun }: DryRunQuery,
    @Headers('if-match') match: string | undefined,
    @AskedBy() caller: Caller,
    @Res({ passthrough: true }) response: HeaderTarget,
  ): Promise<PositionChangeResult> {
    const terms = { isDryRun: dryRun, ifMatch: match };
    return tagged(await this.positions.set(name, to, { by: caller.nameOr(by), reason }, terms), response);
  }

  @Delete()
  @ApiOperation({ summary: 'Delete it: the stream begins at its startAt; the generation goes on' })
  @ApiHeader(ifMatch)
  @ApiResponse({ status: 200, standardSchema: positionChangeResultSchema })
  @ApiResponse(answers.busy)
  @ApiResponse(answers.changed)
  @ApiResponse(answers.unnamed)
  async remove(
    @Param('name') name: string,
    @Query({ schema: deletePositionQuerySchema })
    { dryRun, by, reason }: { dryRun: boolean; by?: string; reason: string },
    @Headers('if-match') match: string | undefined,
    @AskedBy() caller: Caller,
    @Res({ passthrough: true }) response: HeaderTarget,
  ): Promise<PositionChangeResult> {
    const terms = { isDryRun: dryRun, ifMatch: match };
    return tagged(await this.positions.remove(name, { by: caller.nameOr(by), reason }, terms), response);
  }

  @Get('history')
  @ApiOperation({ summary: 'Who changed it, when, why, from where and to where; newest first' })
  @ApiResponse({ status: 200, standardSchema: positionAuditPageSchema })
  history(
    @Param('name') name: string,
    @Query({ schema: positionHistoryQuerySchema }) { limit, before }: PositionHistoryQuery,
  ): Promise<PositionAuditPage> {
    return this.positions.history(name, { limit, ...(before === undefined ? {} : { before }) });
  }
}

function tagged<T>({ body, etag }: Tagged<T>, response: HeaderTarget): T {
  response.setHeader('ETag', etag);
  return body;
}
