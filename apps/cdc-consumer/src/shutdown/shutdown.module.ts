import { Module, type DynamicModule } from '@nestjs/common';
import { GracefulShutdown } from '@sluice/platform';

/** The app's one shutdown, which main makes before the app exists, for readiness to look at. */
@Module({})
export class ShutdownModule {
  static forRoot(shutdown: GracefulShutdown): DynamicModule {
    return {
      module: ShutdownModule,
      global: true,
      providers: [{ provide: GracefulShutdown, useValue: shutdown }],
      exports: [GracefulShutdown],
    };
  }
}
