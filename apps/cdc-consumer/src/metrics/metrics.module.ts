import { Module } from '@nestjs/common';
import { MetricRegistry } from '@sluice/observability';
import { FileReloads, MongoLink, ProcessMetrics } from '@sluice/platform';
import { ConsumeConnection, PublishConnection } from '../connections/rabbit.connections.js';
import { ConsumeModule } from '../consume/consume.module.js';
import { GroupModule } from '../group/group.module.js';
import { LostQueueModule } from '../lost-queue/lost-queue.module.js';
import { GroupMetrics } from './group.metrics.js';
import { HandlerMetrics } from './handler.metrics.js';
import { PartitionMetrics } from './partition.metrics.js';

/** What this replica measures. */
@Module({
  imports: [ConsumeModule, GroupModule, LostQueueModule],
  providers: [
    MetricRegistry,
    GroupMetrics,
    PartitionMetrics,
    HandlerMetrics,
    {
      provide: ProcessMetrics,
      inject: [MetricRegistry, MongoLink, ConsumeConnection, PublishConnection, FileReloads],
      useFactory: (
        registry: MetricRegistry,
        mongodb: MongoLink,
        rabbitmq: ConsumeConnection,
        deadLetters: PublishConnection,
        files: FileReloads,
      ) => new ProcessMetrics(registry, { mongodb, rabbitmq, deadLetters }, files),
    },
  ],
  exports: [MetricRegistry],
})
export class MetricsModule {}
