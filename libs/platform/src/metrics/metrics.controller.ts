import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { problemSchema } from '@sluice/contracts';
import { MetricRegistry } from '@sluice/observability';
import type { Response } from 'express';
import { AdminGuard } from '../admin/admin.guard.js';

/** What Prometheus scrapes; with `ADMIN_TOKEN` it sends it as `authorization.credentials`. */
@ApiTags('metrics')
@ApiBearerAuth()
@ApiResponse({ status: 401, description: 'No or a wrong token', standardSchema: problemSchema })
@UseGuards(AdminGuard)
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
