import { Global, Module } from '@nestjs/common';
import { topologyNames } from '@sluice/contracts';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { QueuePublisher } from './queue.publisher.js';
import { ConsumeConnection, PublishConnection } from './rabbit.connections.js';

/** Names of everything of ours on the broker, as `SLUICE_EXCHANGE` sets them; a `TopologyNames`. */
export const TOPOLOGY_NAMES = Symbol('sluice:topology-names');

/** The two connections to RabbitMQ, and the names used on them. */
@Global()
@Module({
  providers: [
    ConsumeConnection,
    PublishConnection,
    QueuePublisher,
    {
      provide: TOPOLOGY_NAMES,
      inject: [ConsumerSettings],
      useFactory: ({ environment }: ConsumerSettings) => topologyNames(environment.SLUICE_EXCHANGE),
    },
  ],
  exports: [ConsumeConnection, PublishConnection, QueuePublisher, TOPOLOGY_NAMES],
})
export class ConnectionsModule {}
