import { Module } from '@nestjs/common';
import { ConsumerSettings } from '../../config/consumer.settings.js';
import { GroupModule } from '../../group/group.module.js';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { FeedCounters } from './feed.counters.js';
import { Feed } from './feed.js';
import { FeedMetrics } from './feed.metrics.js';
import { FeedReaders } from './feed.readers.js';
import { FeedReadiness } from './feed.readiness.js';
import { FeedService } from './feed.service.js';
import { FeedTail } from './feed.tail.js';
import { FeedBinding } from './rabbit/feed.binding.js';
import { FeedConnection } from './rabbit/feed.connection.js';
import { RabbitStreamQueue } from './rabbit/rabbit-stream.queue.js';
import { StreamFeed } from './stream.feed.js';
import { StreamQueue } from './stream.queue.js';
import { TimeSeek } from './time.seek.js';

/** Where live push has its changes from. */
@Module({
  imports: [GroupModule, MetricsModule],
  providers: [
    FeedConnection,
    FeedBinding,
    FeedCounters,
    FeedService,
    FeedReadiness,
    FeedMetrics,
    { provide: StreamQueue, useClass: RabbitStreamQueue },
    {
      provide: FeedTail,
      inject: [StreamQueue, FeedCounters, ConsumerSettings],
      useFactory: (queue: StreamQueue, counters: FeedCounters, { environment }: ConsumerSettings) =>
        new FeedTail(queue, counters, { bufferBytes: environment.REALTIME_MEMORY_BYTES }),
    },
    {
      provide: FeedReaders,
      inject: [StreamQueue, FeedTail, FeedCounters],
      useFactory: (queue: StreamQueue, tail: FeedTail, counters: FeedCounters) =>
        new FeedReaders(queue, tail, counters),
    },
    {
      provide: Feed,
      inject: [StreamQueue, FeedTail, FeedReaders],
      useFactory: (queue: StreamQueue, tail: FeedTail, readers: FeedReaders) =>
        new StreamFeed({ queue: queue.name, tail, readers, times: new TimeSeek(queue) }),
    },
  ],
  exports: [Feed, FeedService, FeedReadiness],
})
export class FeedModule {}
