import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { TopologyNames } from '@sluice/contracts';
import { reopenDelayMs } from '@sluice/messaging';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { PublishConnection } from '../connections/rabbit.connections.js';
import { DeadLetterChannel } from './dead-letter.channel.js';
import { deadLetterProperties } from './dead-letter.mapper.js';
import { DeadLetters, type DeadLetter } from './dead-letter.js';

/** Publishes dead letters to the group's dead-letter queue, confirmed; what is refused is tried again without end. */
@Injectable()
export class RabbitDeadLetters extends DeadLetters {
  private readonly logger = new Logger('DeadLetters');
  private readonly group: string;
  private channel: Promise<DeadLetterChannel> | undefined;

  constructor(
    private readonly connection: PublishConnection,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
    { environment }: ConsumerSettings,
  ) {
    super();
    this.group = environment.CONSUMER_GROUP;
  }

  override async add(letter: DeadLetter, signal: AbortSignal): Promise<void> {
    const id = randomUUID();
    const message = {
      exchange: this.names.deadLetterExchange,
      routingKey: this.group,
      body: letter.delivery.body,
      properties: deadLetterProperties(letter, this.group, id),
    };
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        const channel = await this.openChannel(signal);
        await channel.publish(id, message);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === 0) this.logger.warn(`a dead letter is not taken, its event waits: ${String(error)}`);
        await sleep(reopenDelayMs(attempt), undefined, { signal });
      }
    }
  }

  /** One channel for all; a lost one is forgotten, and the next letter opens another. */
  private async openChannel(signal: AbortSignal): Promise<DeadLetterChannel> {
    await this.connection.whenConnected(signal);
    this.channel ??= this.open();
    return this.channel;
  }

  private async open(): Promise<DeadLetterChannel> {
    const forget = () => (this.channel = undefined);
    try {
      return new DeadLetterChannel(await this.connection.openConfirmChannel(), forget);
    } catch (error) {
      forget();
      throw error;
    }
  }
}
