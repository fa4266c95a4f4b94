import { Module } from '@nestjs/common';
import { GroupModule } from '../group/group.module.js';
import { BarrierStore } from './barrier.store.js';
import { ControlBarrier } from './control.barrier.js';
import { MongoBarrierStore } from './mongo-barrier.store.js';

/** Control events, handled once between what is before and behind them in all partitions. */
@Module({
  imports: [GroupModule],
  providers: [ControlBarrier, { provide: BarrierStore, useClass: MongoBarrierStore }],
  exports: [ControlBarrier, BarrierStore],
})
export class BarrierModule {}
