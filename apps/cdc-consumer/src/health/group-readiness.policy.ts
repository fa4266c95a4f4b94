import type { ConsumingState } from '@sluice/messaging';
import type { Readiness } from '@sluice/platform';
import type { Consumption } from '../group/consumption.policy.js';
import type { TopologyState } from '../group/group.topology.js';
import type { StoredGroup } from '../group/stored-group.js';

/** What is known of a replica's part in its group. */
export interface GroupFacts {
  readonly consuming: ConsumingState;
  /** Since when it is what it is. */
  readonly since: Date;
  readonly topology: TopologyState;
  readonly consumption: Consumption | undefined;
  /** Who paused the group; null where nobody has, or where it is not known. */
  readonly pause: StoredGroup['pause'];
  readonly ownPartitions: number;
  /** What is wrong with the group's work although this replica does its part. */
  readonly warnings: readonly string[];
}

/** What the group's work is measured by; 0: not at all. */
export interface GroupLimits {
  readonly maxEventAgeSeconds: number;
  readonly maxUnconsumedSeconds: number;
}

/** How far the group's work is. */
export interface GroupWork {
  /** Of this replica's partitions; undefined where nothing is open. */
  readonly oldestEventSeconds: number | undefined;
  readonly unconsumed: readonly { readonly partition: number; readonly seconds: number }[];
}

/** That events grow old, or that nobody reads a partition: told by name, so that it is not silently healthy. */
export function groupWarnings({ oldestEventSeconds = 0, unconsumed }: GroupWork, limits: GroupLimits): string[] {
  const { maxEventAgeSeconds, maxUnconsumedSeconds } = limits;
  const isOld = maxEventAgeSeconds > 0 && oldestEventSeconds > maxEventAgeSeconds;
  const left = unconsumed.filter(({ seconds }) => maxUnconsumedSeconds > 0 && seconds > maxUnconsumedSeconds);
  const which = left.map(({ partition }) => partition).join(', ');
  return [
    ...(isOld
      ? [`the oldest event is ${Math.round(oldestEventSeconds)} s old (MAX_EVENT_AGE_SECONDS: ${maxEventAgeSeconds})`]
      : []),
    ...(left.length > 0
      ? [`nobody consumes partition ${which} (MAX_UNCONSUMED_SECONDS: ${maxUnconsumedSeconds})`]
      : []),
  ];
}

/** Whether a replica does its part of the group's work, and if not, since when and why. */
export function groupReadiness(facts: GroupFacts): Readiness {
  const { consuming, since, topology } = facts;
  // An operator's pause is no fault: a replica that is restarted for it would come back paused.
  if (consuming === 'paused') return { since, ...whilePaused(facts) };
  if (consuming === 'running') return { since, ...whileRunning(facts) };
  if (topology.state === 'failing') {
    return { ready: false, state: topology.state, since: topology.since, reason: topology.error.message };
  }
  if (topology.state === 'joining') {
    return { ready: false, state: topology.state, since: topology.since, reason: JOINING[consuming] };
  }
  return { ready: false, state: consuming, since, reason: NOT_CONSUMING[consuming] };
}

const OUTDATED = 'the group is registered with the patterns of other handlers (a newer deployment?)';

function whileRunning({ ownPartitions, warnings }: GroupFacts): Omit<Readiness, 'since'> {
  if (warnings.length > 0) return { ready: false, state: 'running', reason: warnings.join('; ') };
  if (ownPartitions > 0) return { ready: true, state: 'running' };
  return { ready: true, state: 'standing by', reason: 'other replicas have all partitions; this one takes over' };
}

function whilePaused({ consumption, pause }: GroupFacts): Omit<Readiness, 'since'> {
  if (consumption === 'outdated') return { ready: false, state: consumption, reason: OUTDATED };
  return { ready: true, state: 'paused', reason: `${pauseText(pause)}; resume it to go on` };
}

function pauseText(pause: StoredGroup['pause']): string {
  if (pause === null) return 'an operator paused the group';
  const { since, by, reason } = pause;
  const why = reason === null ? '' : `: ${reason}`;
  return `${by ?? 'an operator'} paused the group at ${since.toISOString()}${why}`;
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
