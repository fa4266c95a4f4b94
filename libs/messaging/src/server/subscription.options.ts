import type { ConsumerCounters } from './consumer.counters.js';
import type { DeliveryTasks } from './delivery.js';
import type { Lanes } from './lanes.js';
import type { StandstillWatch } from './standstill.watch.js';

/** What a subscription works with. */
export interface SubscriptionOptions {
  readonly queue: string;
  readonly partition: number;
  /** Infinite: without bound. */
  readonly prefetch: number;
  readonly lanes: Lanes;
  readonly tasks: DeliveryTasks;
  readonly counters: ConsumerCounters;
  readonly standstill: StandstillWatch;
}
