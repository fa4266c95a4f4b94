import { Injectable } from '@nestjs/common';
import { MetricFamily, MetricRegistry } from '@sluice/observability';
import { GroupMembership } from '../group/group.membership.js';
import { PartitionWatch, type WatchedPartition } from '../group/partition.watch.js';
import { ageSeconds, HandledPositions } from '../lost-queue/handled.positions.js';

/** The group's partitions for Prometheus; every replica tells of all of them what the broker says. */
@Injectable()
export class PartitionMetrics {
  constructor(
    registry: MetricRegistry,
    membership: GroupMembership,
    watch: PartitionWatch,
    positions: HandledPositions,
  ) {
    const family = new MetricFamily<WatchedPartition>(
      ['group', 'partition'],
      ({ partition }) => ({ group: membership.name, partition }),
      () => watch.partitions,
    )
      .gauge('sluice_partition_messages', 'Messages ready in its queue', ({ messages }) => messages)
      .gauge('sluice_partition_consumers', 'Replicas that are subscribed to it', ({ consumers }) => consumers)
      .gauge(
        'sluice_partition_oldest_event_age_seconds',
        "Age of the oldest event that is not settled, by MongoDB's cluster time; on the replica that has it, absent where there is none",
        ({ queue }) => ageSeconds(positions.oldest().get(queue), Date.now()),
      );
    registry.add(family);
  }
}
