import { StreamMetrics } from '../../apps/cdc-producer/src/metrics/stream.metrics.js';
import { GroupMetrics } from '../../apps/cdc-consumer/src/metrics/group.metrics.js';
import { HandlerMetrics } from '../../apps/cdc-consumer/src/metrics/handler.metrics.js';
import { PartitionMetrics } from '../../apps/cdc-consumer/src/metrics/partition.metrics.js';
import { FeedMetrics } from '../../apps/cdc-consumer/src/realtime/feed/feed.metrics.js';
import { RealtimeMetrics } from '../../apps/cdc-consumer/src/realtime/metrics/realtime.metrics.js';
import { MetricRegistry } from '@sluice/observability';
import { ProcessMetrics } from '@sluice/platform';

/** Asked only at a scrape, and here nothing is scraped. */
const nobody = undefined as never;

/** What cdc-producer declares. */
export function producerRegistry(): MetricRegistry {
  const registry = new MetricRegistry();
  new StreamMetrics(registry, nobody);
  new ProcessMetrics(registry, {}, nobody);
  return registry;
}

/** What cdc-consumer declares. */
export function consumerRegistry(): MetricRegistry {
  const registry = new MetricRegistry();
  new GroupMetrics(registry, nobody, nobody, nobody, nobody, nobody, nobody, nobody);
  new PartitionMetrics(registry, nobody, nobody, nobody);
  new HandlerMetrics(registry, nobody, nobody, nobody);
  new FeedMetrics(registry, nobody, nobody, nobody);
  new RealtimeMetrics(registry, nobody, nobody);
  new ProcessMetrics(registry, {}, nobody);
  return registry;
}
