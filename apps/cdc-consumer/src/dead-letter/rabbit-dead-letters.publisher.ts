import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { TopologyNames } from '@sluice/contracts';
import { reopenDelayMs } from '@sluice/messaging';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { ConfirmedPublisher } from '../connections/confirmed.publisher.js';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { PublishConnection } from '../connections/rabbit.connections.js';
import { deadLetterProperties } from './dead-letter.mapper.js';
import { deliveryFields } from '../consume/delivery.fields.js';
import { DeadLetters, type DeadLetter } from './dead-letter.js';

/** Publishes dead letters to the group's dead-letter queue, confirmed; what is refused is tried again without end. */
@Injectable()
export class RabbitDeadLetters extends DeadLetters {
  private readonly logger = new Logger('DeadLetters');
  private readonly group: string;
  private readonly publisher: ConfirmedPublisher;

  constructor(
    connection: PublishConnection,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
    { environment }: ConsumerSettings,
  ) {
    super();
    this.group = environment.CONSUMER_GROUP;
    this.publisher = new ConfirmedPublisher(connection);
  }

  override async add(letter: DeadLetter, signal: AbortSignal): Promise<void> {
    const message = {
      exchange: this.names.deadLetterExchange,
      routingKey: this.group,
      body: letter.delivery.body,
      properties: deadLetterProperties(letter, this.group, randomUUID()),
    };
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await this.publisher.publish(message, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === 0) {
          const msg = `a dead letter is not taken, its event waits: ${String(error)}`;
          this.logger.warn({ msg, ...deliveryFields(letter.delivery) });
        }
        await sleep(reopenDelayMs(attempt), undefined, { signal });
      }
    }
  }
}
