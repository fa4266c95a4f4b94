import { Module } from '@nestjs/common';
import { AdminAccess } from '@sluice/platform';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { ConsumeModule } from '../consume/consume.module.js';
import { GroupModule } from '../group/group.module.js';
import { GroupService } from './group.service.js';
import { GroupsController } from './groups.controller.js';
import { StartPageController } from './start-page.controller.js';

@Module({
  imports: [ConsumeModule, GroupModule],
  controllers: [GroupsController, StartPageController],
  providers: [
    GroupService,
    {
      provide: AdminAccess,
      inject: [ConsumerSettings],
      useFactory: ({ environment }: ConsumerSettings) => new AdminAccess(environment.ADMIN_TOKEN),
    },
  ],
})
export class AdminModule {}
