import { Module } from '@nestjs/common';
import { OrderedRmqServer } from '@sluice/messaging';
import { BarrierModule } from '../barrier/barrier.module.js';
import { ClaimCheckModule } from '../claim-check/claim-check.module.js';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { ConsumeConnection } from '../connections/rabbit.connections.js';
import { DeadLetterModule } from '../dead-letter/dead-letter.module.js';
import { EpochModule } from '../epoch/epoch.module.js';
import { CrashStore } from '../crash/crash.store.js';
import { CrashWatch } from '../crash/crash.watch.js';
import { MongoCrashStore } from '../crash/mongo-crash.store.js';
import { GroupModule } from '../group/group.module.js';
import { GroupTopology } from '../group/group.topology.js';
import { LostQueueModule } from '../lost-queue/lost-queue.module.js';
import { MongoParkedStore } from '../parking/mongo-parked.store.js';
import { ParkedStore } from '../parking/parked.store.js';
import { PartitionWaker } from '../parking/partition.waker.js';
import { Parking } from '../parking/parking.js';
import { ConsumptionControl } from './consumption.control.js';
import { EventTasks } from './event.tasks.js';
import { EventHandling } from './event.handling.js';
import { HandlerRoster } from './handler.roster.js';
import { PatternHandlers } from './pattern.handlers.js';
import { UnmatchedEvents } from './unmatched-events.policy.js';

/** Takes the group's deliveries in order and brings them to the handlers. */
@Module({
  imports: [GroupModule, DeadLetterModule, EpochModule, BarrierModule, LostQueueModule, ClaimCheckModule],
  providers: [
    EventHandling,
    EventTasks,
    Parking,
    PartitionWaker,
    { provide: ParkedStore, useClass: MongoParkedStore },
    CrashWatch,
    { provide: CrashStore, useClass: MongoCrashStore },
    PatternHandlers,
    HandlerRoster,
    UnmatchedEvents,
    ConsumptionControl,
    {
      provide: OrderedRmqServer,
      inject: [ConsumerSettings, ConsumeConnection, GroupTopology, EventTasks],
      useFactory: (
        { environment }: ConsumerSettings,
        connection: ConsumeConnection,
        topology: GroupTopology,
        tasks: EventTasks,
      ) =>
        new OrderedRmqServer({
          connection,
          topology,
          tasks,
          prefetch: environment.PREFETCH,
          concurrency: environment.CONCURRENCY,
          drainTimeoutMs: environment.DRAIN_TIMEOUT_MS,
        }),
    },
  ],
  exports: [OrderedRmqServer, EventTasks, Parking, ParkedStore, CrashStore, CrashWatch, ConsumptionControl],
})
export class ConsumeModule {}
