import { Injectable } from '@nestjs/common';
import { MetricFamily, MetricRegistry } from '@sluice/observability';
import { OrderedRmqServer, type ConsumerCounters } from '@sluice/messaging';
import { ConsumptionControl } from '../consume/consumption.control.js';
import type { EventCounters } from '../consume/event.counters.js';
import { EventTasks } from '../consume/event.tasks.js';
import { GroupMembership } from '../group/group.membership.js';
import { PartitionWatch } from '../group/partition.watch.js';
import { LostQueues } from '../lost-queue/lost.queues.js';
import { Parking } from '../parking/parking.js';

interface MeasuredGroup {
  readonly state: string;
  readonly members: number;
  readonly partitions: number | null;
  readonly ownPartitions: number;
  readonly lanes: number;
  readonly parked: number;
  readonly pauses: number;
  readonly deadLetters: number | null;
  readonly lostQueues: number;
  readonly received: ConsumerCounters;
  readonly events: EventCounters;
}

/** What this replica does for its group, for Prometheus. */
@Injectable()
export class GroupMetrics {
  constructor(
    registry: MetricRegistry,
    private readonly membership: GroupMembership,
    private readonly server: OrderedRmqServer,
    private readonly control: ConsumptionControl,
    private readonly tasks: EventTasks,
    private readonly parking: Parking,
    private readonly watch: PartitionWatch,
    private readonly lostQueues: LostQueues,
  ) {
    const family = new MetricFamily<MeasuredGroup>(
      ['group'],
      () => ({ group: membership.name }),
      () => [this.measured()],
    );
    registry.add(addEvents(addStanding(family)));
  }

  private measured(): MeasuredGroup {
    const { membership, server, watch } = this;
    const isOutdated = membership.currentConsumption === 'outdated';
    return {
      state: isOutdated ? 'outdated' : server.state,
      members: membership.roll.alive.length,
      partitions: membership.current?.partitions ?? null,
      ownPartitions: server.consumer.ownPartitions.length,
      lanes: server.consumer.activeLanes,
      parked: this.parking.size,
      pauses: this.control.pauses,
      deadLetters: watch.deadLetters,
      lostQueues: this.lostQueues.noted,
      received: server.consumer.counters,
      events: this.tasks.counters,
    };
  }
}

function addStanding(family: MetricFamily<MeasuredGroup>): MetricFamily<MeasuredGroup> {
  return family
    .gauges('sluice_group_state', '1 for what this replica does', ['state'], ({ state }) => [{ state, value: 1 }])
    .gauge('sluice_group_members', 'Replicas that are alive, as this one sees them', ({ members }) => members)
    .gauge('sluice_group_partitions', 'Partitions of the group', ({ partitions }) => partitions)
    .gauge('sluice_group_own_partitions', 'Partitions of this replica', ({ ownPartitions }) => ownPartitions)
    .gauge('sluice_group_active_lanes', 'Documents whose events are being handled', ({ lanes }) => lanes)
    .gauge('sluice_group_parked_documents', 'Wait for a failing handler, once a handler', ({ parked }) => parked)
    .gauge('sluice_group_dead_letters', 'Messages in the dead-letter queue', ({ deadLetters }) => deadLetters)
    .counter('sluice_group_takeovers_total', 'Times that this replica took a partition', ({ events }) => {
      return events.takeovers;
    })
    .counter('sluice_group_pauses_total', 'Times that this replica paused with its group', ({ pauses }) => pauses)
    .counter(
      'sluice_group_lost_queues_total',
      'Queues found deleted, and with them the events in them; counted by the replica that notes it first',
      ({ lostQueues }) => lostQueues,
    )
    .counter('sluice_group_channels_reopened_total', 'Times that a lost channel was opened again', ({ received }) => {
      return received.reopened;
    });
}

function addEvents(family: MetricFamily<MeasuredGroup>): MetricFamily<MeasuredGroup> {
  return family
    .counter('sluice_group_received_total', 'Deliveries', ({ received }) => received.received)
    .counter('sluice_group_received_bytes_total', 'Bytes of their bodies', ({ received }) => received.receivedBytes)
    .counter('sluice_group_redelivered_total', 'Deliveries that the broker had handed out before', ({ received }) => {
      return received.redelivered;
    })
    .counter('sluice_group_acknowledged_total', 'Deliveries acknowledged', ({ received }) => received.acknowledged)
    .counter('sluice_group_handled_total', 'Events of which every handler is done', ({ events }) => events.handled)
    .counter('sluice_group_retried_total', 'Calls that failed and were repeated', ({ events }) => events.retried)
    .counter('sluice_group_dead_lettered_total', 'Dead letters written', ({ events }) => events.deadLettered)
    .counter('sluice_group_unmatched_total', 'Events that no handler asks for', ({ events }) => events.unmatched)
    .counter('sluice_group_fenced_total', 'Events of a producer that had lost the stream', ({ events }) => {
      return events.fenced;
    });
}
