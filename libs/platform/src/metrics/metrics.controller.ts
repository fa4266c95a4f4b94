import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { MetricRegistry } from '@sluice/observability';
import type { Response } from 'express';
import { Needs } from '../access/access.decorators.js';

/** What Prometheus scrapes; it sends its token as `authorization.credentials`. */
@ApiTags('metrics')
@Needs('metrics')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricRegistry) {}

  @Get()
  @ApiOperation({ summary: "The app's figures in Prometheus' text format" })
  @ApiResponse({ status: 200, content: { 'text/plain': { schema: { type: 'string' } } } })
  async scrape(@Res() response: Response): Promise<void> {
    response.type(this.metrics.contentType).send(await this.metrics.text());
  }
}
