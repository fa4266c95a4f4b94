import { Module, type DynamicModule } from '@nestjs/common';
import { HandlersModule } from '@sluice/handlers';
import {
  AccessModule,
  AccessSettings,
  EffectiveConfigModule,
  GracefulShutdown,
  MongoLinkModule,
  MongoLinkOptions,
} from '@sluice/platform';
import { AdminModule } from './admin/admin.module.js';
import { ConsumerSettings } from './config/consumer.settings.js';
import { effectiveConfigOf } from './config/effective-config.mapper.js';
import { SettingsModule } from './config/settings.module.js';
import { ConnectionsModule } from './connections/connections.module.js';
import { ConsumeModule } from './consume/consume.module.js';
import { HealthModule } from './health/health.module.js';
import { InboxModule } from './inbox/inbox.module.js';
import { RealtimeModule } from './realtime/realtime.module.js';
import { ShutdownModule } from './shutdown/shutdown.module.js';

/** What main hands to the app. */
export interface AppParts {
  readonly settings: ConsumerSettings;
  readonly shutdown: GracefulShutdown;
  /** The modules that hold the handlers. */
  readonly handlers: NonNullable<DynamicModule['imports']>;
}

@Module({})
export class AppModule {
  static with({ settings, shutdown, handlers }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.forRoot(settings),
        ShutdownModule.forRoot(shutdown),
        AccessModule.forRoot(new AccessSettings(settings.environment)),
        EffectiveConfigModule.forRoot(effectiveConfigOf(settings)),
        MongoLinkModule.forRoot(MongoLinkOptions.of(settings.environment, 'cdc-consumer')),
        ConnectionsModule,
        HandlersModule.forRootAsync({
          inject: [ConsumerSettings],
          useFactory: ({ environment }: ConsumerSettings) => ({ retry: { parkAfterMs: environment.PARK_AFTER_MS } }),
        }),
        InboxModule,
        ConsumeModule,
        HealthModule,
        AdminModule,
        RealtimeModule.forRoot(settings.environment.REALTIME),
        ...handlers,
      ],
    };
  }
}
