import { Module, type DynamicModule } from '@nestjs/common';
import { DemoModule } from './demo/demo.module.js';
import { FeedModule } from './feed/feed.module.js';
import { PushModule } from './push.module.js';

/** Live push. Where `REALTIME` is off there is nothing of it. */
@Module({})
export class RealtimeModule {
  static forRoot(realtime: 'off' | 'on'): DynamicModule {
    if (realtime === 'off') return { module: RealtimeModule };
    const imports = [FeedModule, PushModule.over(FeedModule), DemoModule];
    return { module: RealtimeModule, global: true, imports, exports: [FeedModule] };
  }
}
