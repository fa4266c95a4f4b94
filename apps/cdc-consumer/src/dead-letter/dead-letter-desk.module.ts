import { Module } from '@nestjs/common';
import { GroupModule } from '../group/group.module.js';
import { DeadLetterDesk } from './dead-letter.desk.js';
import { DeadLetterReplayer } from './dead-letter.replayer.js';
import { DeadLetterScan } from './dead-letter.scan.js';
import { OperationStore } from './operation.store.js';
import { ReplayFence } from './replay.fence.js';

/** What operators do with the dead letters that there are. */
@Module({
  imports: [GroupModule],
  providers: [DeadLetterDesk, DeadLetterReplayer, DeadLetterScan, OperationStore, ReplayFence],
  exports: [DeadLetterDesk],
})
export class DeadLetterDeskModule {}
