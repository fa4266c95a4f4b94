import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { GroupHandOver } from './group.hand-over.js';
import { GroupHeartbeat } from './group.heartbeat.js';
import { GroupMembership } from './group.membership.js';
import { GroupRecord, groupRecordSchema } from './group-record.schema.js';
import { GroupRegister } from './group.register.js';
import { GroupRepartition } from './group.repartition.js';
import { GroupShare } from './group.share.js';
import { GroupState } from './group.state.js';
import { GroupStore } from './group.store.js';
import { GroupTopology } from './group.topology.js';
import { EpochModule } from '../epoch/epoch.module.js';
import { LostQueueModule } from '../lost-queue/lost-queue.module.js';
import { GroupRetirement } from './group.retirement.js';
import { MongoGroupRegister } from './mongo-group.register.js';
import { MongoGroupState } from './mongo-group.state.js';
import { MongoGroupStore } from './mongo-group.store.js';
import { PartitionWatch } from './partition.watch.js';

/** This replica's group: its registration, its queues and bindings, its heartbeats. */
@Module({
  imports: [
    EpochModule,
    LostQueueModule,
    MongooseModule.forFeature([{ name: GroupRecord.name, schema: groupRecordSchema }]),
  ],
  providers: [
    GroupMembership,
    GroupHandOver,
    GroupTopology,
    GroupHeartbeat,
    GroupShare,
    GroupRepartition,
    GroupRetirement,
    PartitionWatch,
    { provide: GroupStore, useClass: MongoGroupStore },
    { provide: GroupRegister, useClass: MongoGroupRegister },
    { provide: GroupState, useClass: MongoGroupState },
  ],
  exports: [
    GroupMembership,
    GroupTopology,
    GroupHeartbeat,
    GroupShare,
    GroupRepartition,
    GroupRegister,
    GroupState,
    GroupRetirement,
    PartitionWatch,
  ],
})
export class GroupModule {}
