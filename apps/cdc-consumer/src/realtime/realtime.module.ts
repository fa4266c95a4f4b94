import { Module, type DynamicModule } from '@nestjs/common';
import { FeedModule } from './feed/feed.module.js';

/** Live push. Where `REALTIME` is off there is nothing of it. */
@Module({})
export class RealtimeModule {
  static forRoot(realtime: 'off' | 'on'): DynamicModule {
    if (realtime === 'off') return { module: RealtimeModule };
    return { module: RealtimeModule, global: true, imports: [FeedModule], exports: [FeedModule] };
  }
}
