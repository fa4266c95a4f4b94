import { Injectable } from '@nestjs/common';
import { HandlerRegistry } from '@sluice/handlers';
import { MetricFamily, MetricRegistry } from '@sluice/observability';
import { EventTasks } from '../consume/event.tasks.js';
import type { HandlerCounters, HandlerTallies } from '../consume/handler.tallies.js';
import { GroupMembership } from '../group/group.membership.js';

interface MeasuredHandler {
  readonly name: string;
  readonly tallies: HandlerTallies;
}

const LABELS = ['stream', 'operation', 'namespace_class'] as const;

/** How the handlers fare, for Prometheus. */
@Injectable()
export class HandlerMetrics {
  constructor(registry: MetricRegistry, membership: GroupMembership, handlers: HandlerRegistry, tasks: EventTasks) {
    const family = new MetricFamily<MeasuredHandler>(
      ['group', 'handler'],
      ({ name }) => ({ group: membership.name, handler: name }),
      () => handlers.describe().map(({ name }) => ({ name, tallies: tasks.counters.talliesOf(name) })),
    )
      .counters('sluice_handler_handled_total', 'Events that it handled', LABELS, (of) => byTally(of, 'handled'))
      .counters('sluice_handler_repeated_total', 'Events that the inbox spared it', LABELS, (of) => {
        return byTally(of, 'repeated');
      })
      .counters('sluice_handler_retried_total', 'Calls that failed and were repeated', LABELS, (of) => {
        return byTally(of, 'retried');
      })
      .counters('sluice_handler_dead_lettered_total', 'Events that it failed for good', LABELS, (of) => {
        return byTally(of, 'failed');
      })
      .histograms(
        'sluice_handler_latency_seconds',
        "From the change, by MongoDB's wall clock, to the end of its handler",
        ['stream'],
        ({ tallies }) => tallies.latencies().map(({ stream, latency }) => ({ stream, reading: latency.read() })),
      );
    registry.add(family);
  }
}

function byTally({ tallies }: MeasuredHandler, counter: keyof HandlerCounters) {
  return tallies.all().map((tally) => ({
    stream: tally.stream,
    operation: tally.operation,
    namespace_class: tally.namespaceClass,
    value: tally[counter],
  }));
}
