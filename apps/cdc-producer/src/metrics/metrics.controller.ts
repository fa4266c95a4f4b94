import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { problemSchema } from '@sluice/contracts';
import { AdminGuard } from '@sluice/platform';
import type { Response } from 'express';
import { StreamMetrics } from './stream.metrics.js';

/** What Prometheus scrapes; with `ADMIN_TOKEN` it sends it as `authorization.credentials`. */
@ApiTags('metrics')
@ApiBearerAuth()
@ApiResponse({ status: 401, description: 'No or a wrong token', standardSchema: problemSchema })
@UseGuards(AdminGuard)
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: StreamMetrics) {}

  @Get()
  @ApiOperation({ summary: "The streams' figures in Prometheus' text format" })
  @ApiResponse({ status: 200, content: { 'text/plain': { schema: { type: 'string' } } } })
  async scrape(@Res() response: Response): Promise<void> {
    response.type(this.metrics.contentType).send(await this.metrics.text());
  }
}
