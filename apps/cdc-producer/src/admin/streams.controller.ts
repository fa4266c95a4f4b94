import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  pauseRequestSchema,
  problemSchema,
  streamListSchema,
  streamStatusSchema,
  type PauseRequest,
  type StreamStatus,
} from '@sluice/contracts';
import { AskedBy, OptionalBody, type Caller } from '@sluice/platform';
import { StreamsService } from '../streams/streams.service.js';

const unknownStream = { status: 404, description: 'No such stream', standardSchema: problemSchema };
const stateAway = { status: 503, description: 'The state database is away', standardSchema: problemSchema };

/** What an operator sees and steers. */
@ApiTags('streams')
@Controller('api/v1/streams')
export class StreamsController {
  constructor(private readonly streams: StreamsService) {}

  @Get()
  @ApiOperation({ summary: 'All streams: state, position, counters, last error' })
  @ApiResponse({ status: 200, standardSchema: streamListSchema })
  list(): { streams: StreamStatus[] } {
    return { streams: this.streams.list() };
  }

  @Get(':name')
  @ApiOperation({ summary: 'One stream, as this producer sees it' })
  @ApiResponse({ status: 200, standardSchema: streamStatusSchema })
  @ApiResponse(unknownStream)
  one(@Param('name') name: string): StreamStatus {
    return this.streams.one(name);
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Stop reading on all producers until a resume: settle what is in flight, save the position, let go',
    description: 'Waits up to five seconds for the producer that holds the stream; `holder` tells one that still does.',
  })
  @ApiResponse({ status: 200, standardSchema: streamStatusSchema })
  @ApiResponse(unknownStream)
  @ApiResponse(stateAway)
  pause(
    @Param('name') name: string,
    @AskedBy() caller: Caller,
    @OptionalBody(pauseRequestSchema) order: PauseRequest = {},
  ): Promise<StreamStatus> {
    return this.streams.pause(name, caller.asking(order));
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on from the saved position; also starts a failed stream again' })
  @ApiResponse({ status: 200, standardSchema: streamStatusSchema })
  @ApiResponse(unknownStream)
  @ApiResponse(stateAway)
  resume(
    @Param('name') name: string,
    @AskedBy() caller: Caller,
    @OptionalBody(pauseRequestSchema) order: PauseRequest = {},
  ): Promise<StreamStatus> {
    return this.streams.resume(name, caller.asking(order));
  }

  @Post(':name/restart')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop in good order and start again, on whichever producer it runs; also a failed stream' })
  @ApiResponse({ status: 200, standardSchema: streamStatusSchema })
  @ApiResponse(unknownStream)
  @ApiResponse({ status: 409, description: 'The stream is paused', standardSchema: problemSchema })
  @ApiResponse(stateAway)
  restart(
    @Param('name') name: string,
    @AskedBy() caller: Caller,
    @OptionalBody(pauseRequestSchema) order: PauseRequest = {},
  ): Promise<StreamStatus> {
    return this.streams.restart(name, caller.asking(order));
  }
}
