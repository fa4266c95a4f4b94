import { Injectable } from '@nestjs/common';
import { RabbitConnection } from '@sluice/messaging';
import { ConsumerSettings } from '../config/consumer.settings.js';

/** Deliveries, their acknowledgements, and the group's topology. */
@Injectable()
export class ConsumeConnection extends RabbitConnection {
  constructor({ environment }: ConsumerSettings) {
    super({ uri: environment.RABBITMQ_URI, name: `sluice consumer ${environment.CONSUMER_GROUP}` });
  }
}

/** Dead letters. Apart, because a broker that blocks publishers stops reading their whole connection. */
@Injectable()
export class PublishConnection extends RabbitConnection {
  constructor({ environment }: ConsumerSettings) {
    super({ uri: environment.RABBITMQ_URI, name: `sluice dead letters ${environment.CONSUMER_GROUP}` });
  }
}
