import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HandlerRegistry } from '@sluice/handlers';

/** Says at the start which handlers there are and what they hear: a misspelt namespace is valid, and silent for ever. */
@Injectable()
export class HandlerRoster implements OnApplicationBootstrap {
  private readonly logger = new Logger('Handlers');

  constructor(private readonly registry: HandlerRegistry) {}

  onApplicationBootstrap(): void {
    const handlers = this.registry.describe();
    for (const { name, patterns } of handlers) this.logger.log(`${name} handles ${patterns.join(', ')}`);
    if (handlers.length === 0) this.logger.warn('no handlers were found: nothing is done for any change');
  }
}
