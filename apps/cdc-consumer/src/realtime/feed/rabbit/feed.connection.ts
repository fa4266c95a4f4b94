import { Injectable } from '@nestjs/common';
import { RabbitConnection } from '@sluice/messaging';
import { rabbitServer } from '@sluice/platform';
import { ConsumerSettings } from '../../../config/consumer.settings.js';

/** What live push reads. Apart, so that a crowd that catches up does not hold up the group's deliveries. */
@Injectable()
export class FeedConnection extends RabbitConnection {
  constructor({ environment }: ConsumerSettings) {
    super({
      ...rabbitServer(environment),
      name: `sluice live push ${environment.CONSUMER_GROUP}`,
      reconnectSeconds: 0.25, // clients see nothing new meanwhile
    });
  }
}
