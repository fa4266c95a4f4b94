import { Module } from '@nestjs/common';
import { EpochFence } from './epoch.fence.js';
import { EpochStore } from './epoch.store.js';
import { MongoEpochStore } from './mongo-epoch.store.js';

/** Keeps out what producers send that have lost their stream. */
@Module({
  providers: [EpochFence, { provide: EpochStore, useClass: MongoEpochStore }],
  exports: [EpochFence, EpochStore],
})
export class EpochModule {}
