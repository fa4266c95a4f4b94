import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HandlerRegistry } from '@sluice/handlers';
import { ConsumerSettings } from '../config/consumer.settings.js';

/** Says at the start which handlers there are and what they hear: a misspelt namespace is valid, and silent for ever. */
@Injectable()
export class HandlerRoster implements OnApplicationBootstrap {
  private readonly logger = new Logger('Handlers');

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly settings: ConsumerSettings,
  ) {}

  onApplicationBootstrap(): void {
    const handlers = this.registry.describe();
    for (const { name, patterns } of handlers) this.logger.log(`${name} handles ${patterns.join(', ')}`);
    const { PREFETCH } = this.settings.environment;
    for (const { name, maxEvents } of handlers) {
      if (maxEvents === undefined || maxEvents <= PREFETCH) continue;
      this.logger.warn(
        `${name} takes up to ${maxEvents} events at once, but PREFETCH is ${PREFETCH}: no batch is larger than that, ` +
          'and each waits its full time',
      );
    }
    if (handlers.length === 0) this.logger.warn('no handlers were found: nothing is done for any change');
  }
}
