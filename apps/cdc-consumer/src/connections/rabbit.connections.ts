import { Injectable } from '@nestjs/common';
import { RabbitConnection } from '@sluice/messaging';
import { rabbitServer } from '@sluice/platform';
import { ConsumerSettings } from '../config/consumer.settings.js';

/** Deliveries, their acknowledgements, and the group's topology. */
@Injectable()
export class ConsumeConnection extends RabbitConnection {
  constructor({ environment }: ConsumerSettings) {
    super({
      ...rabbitServer(environment),
      name: `sluice consumer ${environment.CONSUMER_GROUP}`,
      heartbeatSeconds: heartbeatSecondsFor(environment.MEMBER_ALIVE_MS),
    });
  }
}

/**
 * The broker keeps a frozen replica's partitions until it ends the connection, after three heartbeats at most: by then
 * the others have just found it silent, and are subscribed.
 */
function heartbeatSecondsFor(memberAliveMs: number): number {
  return Math.max(1, Math.floor(memberAliveMs / 3_000));
}

/** Dead letters. Apart, because a broker that blocks publishers stops reading their whole connection. */
@Injectable()
export class PublishConnection extends RabbitConnection {
  constructor({ environment }: ConsumerSettings) {
    super({ ...rabbitServer(environment), name: `sluice dead letters ${environment.CONSUMER_GROUP}` });
  }
}
