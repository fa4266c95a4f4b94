import { Injectable } from '@nestjs/common';
import { OrderedRmqServer } from '@sluice/messaging';
import { GracefulShutdown, type Readiness } from '@sluice/platform';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { GroupMembership } from '../group/group.membership.js';
import { GroupTopology } from '../group/group.topology.js';
import { PartitionWatch } from '../group/partition.watch.js';
import { ageSeconds, HandledPositions } from '../lost-queue/handled.positions.js';
import { groupReadiness, groupWarnings, type GroupLimits, type GroupWork } from './group-readiness.policy.js';

/** Asks all who know whether this replica does its part of the group's work. */
@Injectable()
export class GroupReadiness {
  constructor(
    private readonly shutdown: GracefulShutdown,
    private readonly server: OrderedRmqServer,
    private readonly topology: GroupTopology,
    private readonly membership: GroupMembership,
    private readonly watch: PartitionWatch,
    private readonly positions: HandledPositions,
    private readonly settings: ConsumerSettings,
  ) {}

  read(): Readiness {
    if (this.shutdown.isShuttingDown) return { ready: false, state: 'shutting down' };
    return groupReadiness({
      consuming: this.server.state,
      since: this.server.since,
      topology: this.topology.state,
      consumption: this.membership.currentConsumption,
      pause: this.membership.current?.pause ?? null,
      ownPartitions: this.server.consumer.ownPartitions.length,
      warnings: groupWarnings(this.work(Date.now()), this.limits()),
    });
  }

  private work(nowMs: number): GroupWork {
    const { partitions } = this.watch;
    const oldest = this.positions.oldest();
    const ages = partitions.flatMap(({ queue }) => ageSeconds(oldest.get(queue), nowMs) ?? []);
    const unconsumed = partitions.flatMap(({ partition, unconsumedSince }) =>
      unconsumedSince === undefined ? [] : [{ partition, seconds: (nowMs - unconsumedSince.getTime()) / 1_000 }],
    );
    return { oldestEventSeconds: ages.length === 0 ? undefined : Math.max(...ages), unconsumed };
  }

  private limits(): GroupLimits {
    const { MAX_EVENT_AGE_SECONDS, MAX_UNCONSUMED_SECONDS } = this.settings.environment;
    return { maxEventAgeSeconds: MAX_EVENT_AGE_SECONDS, maxUnconsumedSeconds: MAX_UNCONSUMED_SECONDS };
  }
}
