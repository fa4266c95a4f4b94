import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ConsumeModule } from '../consume/consume.module.js';
import { GroupModule } from '../group/group.module.js';
import { LostQueueModule } from '../lost-queue/lost-queue.module.js';
import { GroupReadiness } from './group.readiness.js';
import { HealthController } from './health.controller.js';

@Module({
  // Its logger repeats the whole report at every probe while a server is away; the connections say it once.
  imports: [TerminusModule.forRoot({ logger: false }), ConsumeModule, GroupModule, LostQueueModule],
  controllers: [HealthController],
  providers: [GroupReadiness],
})
export class HealthModule {}
