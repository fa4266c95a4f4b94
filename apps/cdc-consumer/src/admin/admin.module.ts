import { Module } from '@nestjs/common';
import { MetricsController } from '@sluice/platform';
import { BarrierModule } from '../barrier/barrier.module.js';
import { ConsumeModule } from '../consume/consume.module.js';
import { DeadLetterDeskModule } from '../dead-letter/dead-letter-desk.module.js';
import { GroupModule } from '../group/group.module.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { LostQueueModule } from '../lost-queue/lost-queue.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { GroupChangeService } from './group-change.service.js';
import { GroupRegisterService } from './group-register.service.js';
import { GroupResetService } from './group-reset.service.js';
import { GroupService } from './group.service.js';
import { GroupsController } from './groups.controller.js';
import { InboxController } from './inbox.controller.js';
import { StartPageController } from './start-page.controller.js';

@Module({
  imports: [BarrierModule, ConsumeModule, DeadLetterDeskModule, GroupModule, LostQueueModule, MetricsModule],
  controllers: [GroupsController, DeadLettersController, InboxController, MetricsController, StartPageController],
  providers: [GroupService, GroupChangeService, GroupRegisterService, GroupResetService],
})
export class AdminModule {}
