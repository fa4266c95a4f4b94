import { Module } from '@nestjs/common';
import { HandledPositions } from './handled.positions.js';
import { LostQueues } from './lost.queues.js';
import { MongoQueueRecordStore } from './mongo-queue-record.store.js';
import { QueueRecordStore } from './queue-record.store.js';

/** What is lost with a queue that somebody deletes, and how handlers hear of it. */
@Module({
  providers: [LostQueues, HandledPositions, { provide: QueueRecordStore, useClass: MongoQueueRecordStore }],
  exports: [LostQueues, HandledPositions],
})
export class LostQueueModule {}
