import { Module, type DynamicModule } from '@nestjs/common';
import type { EffectiveConfig } from '@sluice/contracts';
import { EffectiveConfigController, EFFECTIVE_CONFIG } from './effective-config.controller.js';

/** Serves `GET /api/v1/config`. */
@Module({})
export class EffectiveConfigModule {
  static forRoot(config: EffectiveConfig): DynamicModule {
    return {
      module: EffectiveConfigModule,
      controllers: [EffectiveConfigController],
      providers: [{ provide: EFFECTIVE_CONFIG, useValue: config }],
    };
  }
}
