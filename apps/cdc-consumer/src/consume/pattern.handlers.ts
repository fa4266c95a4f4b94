import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HandlerRegistry } from '@sluice/handlers';
import { OrderedRmqServer } from '@sluice/messaging';

/** Gives the registry what Nest found under `@EventPattern`, before anybody asks it for the group's patterns. */
@Injectable()
export class PatternHandlers implements OnModuleInit {
  constructor(
    private readonly server: OrderedRmqServer,
    private readonly registry: HandlerRegistry,
  ) {}

  /** Nest fills the server in `connectMicroservice`, which comes before the application's `init`. */
  onModuleInit(): void {
    for (const { pattern, invoke } of this.server.eventPatternHandlers) {
      this.registry.registerPatternHandler({ name: `@EventPattern(${pattern})`, pattern, invoke });
    }
  }
}
