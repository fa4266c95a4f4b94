import { Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { problemSchema, streamListSchema, streamStatusSchema, type StreamStatus } from '@sluice/contracts';
import { AdminGuard } from '@sluice/platform';
import { StreamsService } from '../streams/streams.service.js';

/** What an operator sees and steers. */
@ApiTags('streams')
@ApiBearerAuth()
@ApiResponse({ status: 401, description: 'No or a wrong token', standardSchema: problemSchema })
@UseGuards(AdminGuard)
@Controller('api/v1/streams')
export class StreamsController {
  constructor(private readonly streams: StreamsService) {}

  @Get()
  @ApiOperation({ summary: 'All streams: state, position, counters, last error' })
  @ApiResponse({ status: 200, standardSchema: streamListSchema })
  list(): { streams: StreamStatus[] } {
    return { streams: this.streams.list() };
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop reading, settle what is in flight, save the position' })
  @ApiResponse({ status: 200, standardSchema: streamStatusSchema })
  @ApiResponse({ status: 404, description: 'No such stream', standardSchema: problemSchema })
  pause(@Param('name') name: string): Promise<StreamStatus> {
    return this.streams.pause(name);
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on from the saved position; also starts a failed stream again' })
  @ApiResponse({ status: 200, standardSchema: streamStatusSchema })
  @ApiResponse({ status: 404, description: 'No such stream', standardSchema: problemSchema })
  resume(@Param('name') name: string): Promise<StreamStatus> {
    return this.streams.resume(name);
  }
}
