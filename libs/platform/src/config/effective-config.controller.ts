import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { effectiveConfigSchema, type EffectiveConfig } from '@sluice/contracts';

/** What the app was told, an `EffectiveConfig`: worked out once, as no setting changes while it runs. */
export const EFFECTIVE_CONFIG = Symbol('sluice:effective-config');

/** What counts, and where it comes from: the first question when two replicas differ. */
@ApiTags('config')
@Controller('api/v1/config')
export class EffectiveConfigController {
  constructor(@Inject(EFFECTIVE_CONFIG) private readonly config: EffectiveConfig) {}

  @Get()
  @ApiOperation({ summary: 'The settings as they count, with where each comes from; without secrets' })
  @ApiResponse({ status: 200, description: 'The settings', standardSchema: effectiveConfigSchema })
  read(): EffectiveConfig {
    return this.config;
  }
}
