import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_ID, FEED_MARK_TYPE, type TopologyNames } from '@sluice/contracts';
import { streamQueueArguments, TopologyDeclarer, type QueuePlan } from '@sluice/messaging';
import { ConsumerSettings } from '../../../config/consumer.settings.js';
import { TOPOLOGY_NAMES } from '../../../connections/connections.module.js';
import { QueuePublisher } from '../../../connections/queue.publisher.js';
import { StreamQueue, type StreamPlace, type StreamSubscription } from '../stream.queue.js';
import { FeedBinding } from './feed.binding.js';
import { FeedConnection } from './feed.connection.js';
import { RabbitStreamSubscription } from './rabbit-stream.subscription.js';

/** RabbitMQ's stream queue, by AMQP 0.9.1. */
@Injectable()
export class RabbitStreamQueue extends StreamQueue {
  override readonly name: string;
  private readonly declarer: TopologyDeclarer;
  private readonly plan: QueuePlan;

  constructor(
    private readonly connection: FeedConnection,
    private readonly publisher: QueuePublisher,
    private readonly binding: FeedBinding,
    @Inject(TOPOLOGY_NAMES) names: TopologyNames,
    { environment }: ConsumerSettings,
  ) {
    super();
    this.declarer = new TopologyDeclarer(connection);
    this.name = environment.REALTIME_STREAM ?? names.realtimeStream;
    const { REALTIME_RETENTION: age, REALTIME_RETENTION_BYTES: bytes } = environment;
    this.plan = { name: this.name, arguments: streamQueueArguments({ age, bytes }) };
  }

  override async ready(signal: AbortSignal): Promise<void> {
    await this.connection.whenConnected(signal);
    const messages = await this.declarer.declareStream(this.plan);
    await this.binding.again();
    // The broker counts late: a mark too many means nothing, while nothing can be found out about an empty queue.
    if (messages === 0) await this.mark(randomUUID());
  }

  override async open(from: StreamPlace): Promise<StreamSubscription> {
    return RabbitStreamSubscription.open(await this.connection.openChannel(), this.name, from);
  }

  override async mark(id: string): Promise<void> {
    const properties = { messageId: id, type: FEED_MARK_TYPE, appId: APP_ID };
    await this.publisher.send(this.name, { body: Buffer.alloc(0), properties });
  }
}
