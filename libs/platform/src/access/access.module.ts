import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { AccessSettings } from './access.settings.js';
import { AdminAccess } from './admin.access.js';
import { FileReloads } from '../files/file.reloads.js';

/** Guards every route of the app, so that a new one cannot be forgotten. */
@Module({})
export class AccessModule {
  static forRoot(settings: AccessSettings): DynamicModule {
    return {
      module: AccessModule,
      global: true,
      providers: [
        { provide: AccessSettings, useValue: settings },
        AdminAccess,
        FileReloads,
        { provide: APP_GUARD, useClass: AccessGuard },
      ],
      exports: [AdminAccess, FileReloads],
    };
  }
}
