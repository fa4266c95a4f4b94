import type { ConsumingState } from '@sluice/messaging';
import type { Readiness } from '@sluice/platform';
import type { Consumption } from '../group/consumption.policy.js';
import type { TopologyState } from '../group/group.topology.js';

/** What is known of a replica's part in its group. */
export interface GroupFacts {
  readonly consuming: ConsumingState;
  /** Since when it is what it is. */
  readonly since: Date;
  readonly topology: TopologyState;
  readonly consumption: Consumption | undefined;
}

/** Whether a replica does its part of the group's work, and if not, since when and why. */
export function groupReadiness({ consuming, since, topology, consumption }: GroupFacts): Readiness {
  // An operator's pause is no fault: a replica that is restarted for it would come back paused.
  if (consuming === 'paused') return { since, ...whilePaused(consumption) };
  if (consuming === 'running') return { ready: true, state: consuming, since };
  if (topology.state === 'failing') {
    return { ready: false, state: topology.state, since: topology.since, reason: topology.error.message };
  }
  if (topology.state === 'joining') {
    return { ready: false, state: topology.state, since: topology.since, reason: JOINING[consuming] };
  }
  return { ready: false, state: consuming, since, reason: NOT_CONSUMING[consuming] };
}

const OUTDATED = 'the group is registered with the patterns of other handlers (a newer deployment?)';

function whilePaused(consumption: Consumption | undefined): Omit<Readiness, 'since'> {
  if (consumption === 'outdated') return { ready: false, state: consumption, reason: OUTDATED };
  return { ready: true, state: 'paused', reason: 'an operator paused the group; resume it to go on' };
}

type NotConsuming = Exclude<ConsumingState, 'paused' | 'running'>;

/** What a group that is not bound yet waits for. */
const JOINING: Record<NotConsuming, string> = {
  starting: 'the group is being registered in MongoDB, and its queues made',
  disconnected: 'RabbitMQ is not connected: the queues cannot be made',
  stopped: 'this replica is stopping',
};
const NOT_CONSUMING: Record<NotConsuming, string> = {
  starting: 'the queues are being subscribed',
  disconnected: 'RabbitMQ is not connected',
  stopped: 'this replica is stopping',
};
