import { Module, type DynamicModule } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { DemoModule } from './demo/demo.module.js';
import { FeedModule } from './feed/feed.module.js';
import { RealtimeMetrics } from './metrics/realtime.metrics.js';
import { PushModule } from './push.module.js';

/** Live push. Where `REALTIME` is off there is nothing of it. */
@Module({})
export class RealtimeModule {
  static forRoot(realtime: 'off' | 'on'): DynamicModule {
    if (realtime === 'off') return { module: RealtimeModule };
    return {
      module: RealtimeModule,
      global: true,
      imports: [FeedModule, PushModule.over(FeedModule), DemoModule, MetricsModule],
      providers: [RealtimeMetrics],
      exports: [FeedModule],
    };
  }
}
