import { Module, type DynamicModule, type FactoryProvider, type ModuleMetadata, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { HANDLER_CLOCK } from './clock/handler.clock.js';
import { systemClock } from './clock/system.clock.js';
import { EVENT_LOGGER } from './context/event.logger.js';
import { NestEventLogger } from './context/nest-event.logger.js';
import { EventDispatcher } from './dispatch/event.dispatcher.js';
import { HANDLER_RETRY_POLICY, HANDLERS_OPTIONS, type HandlersOptions } from './handlers.options.js';
import { Mirrors } from './mirror/mirrors.js';
import { HandlerInvoker } from './registry/handler.invoker.js';
import { HandlerMethodSource } from './registry/handler.method.source.js';
import { HandlerRegistry } from './registry/handler.registry.js';
import { DEFAULT_RETRY_POLICY, retryPolicy } from './retry/retry.policy.js';

/** Options that are made by a factory with injected providers. */
export interface HandlersAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<HandlersOptions>['useFactory'];
}

/**
 * Finds the handlers of the whole application and dispatches events to them. Import it once, at the root; handlers
 * live in any module and need to import nothing for it. Exports `HandlerRegistry`, `EventDispatcher` and `Mirrors`.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    HandlerMethodSource,
    HandlerInvoker,
    HandlerRegistry,
    EventDispatcher,
    Mirrors,
    { provide: HANDLER_CLOCK, useValue: systemClock },
    {
      provide: HANDLER_RETRY_POLICY,
      inject: [HANDLERS_OPTIONS],
      useFactory: ({ retry }: HandlersOptions) => retryPolicy(DEFAULT_RETRY_POLICY, retry),
    },
    {
      provide: EVENT_LOGGER,
      inject: [HANDLERS_OPTIONS],
      useFactory: ({ logger }: HandlersOptions) => logger ?? new NestEventLogger(),
    },
  ],
  exports: [HandlerRegistry, EventDispatcher, Mirrors, HANDLER_RETRY_POLICY, EVENT_LOGGER],
})
export class HandlersModule {
  static forRoot(options: HandlersOptions = {}): DynamicModule {
    return moduleWith({ provide: HANDLERS_OPTIONS, useValue: options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: HandlersAsyncOptions): DynamicModule {
    return { ...moduleWith({ provide: HANDLERS_OPTIONS, inject, useFactory }), imports };
  }
}

function moduleWith(options: Provider): DynamicModule {
  return { module: HandlersModule, global: true, providers: [options] };
}
