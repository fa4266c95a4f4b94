import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ConsumerSettings } from './consumer.settings.js';

/** The checked settings, as `ConsumerSettings` and, for handlers, through Nest's `ConfigService`. */
@Module({})
export class SettingsModule {
  static forRoot(settings: ConsumerSettings): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      imports: [ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => settings.environment] })],
      providers: [{ provide: ConsumerSettings, useValue: settings }],
      exports: [ConsumerSettings],
    };
  }
}
