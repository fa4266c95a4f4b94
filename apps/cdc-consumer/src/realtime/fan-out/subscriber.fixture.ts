import type { Subscription } from '@sluice/contracts';
import { Caller } from '@sluice/platform';
import { EVERYTHING, permitOf } from '../access/permit.js';
import { RealtimeConnection } from '../connection/realtime.connection.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import type { RealtimeLimits } from '../limits/realtime.limits.js';
import { LiveSubscription } from '../subscription/live.subscription.js';
import { SubscriptionQuery } from '../subscription/subscription.query.js';
import { RecordingOutlet } from './recording.outlet.fixture.js';

export const GENEROUS: RealtimeLimits = {
  maxConnections: 1_000,
  maxConnectionsPerToken: 1_000,
  maxSubscriptions: 100,
  bufferBytes: 1_048_576,
  maxMessageBytes: 1_048_576,
  messagesPerSecond: 1_000,
  heartbeatMs: 15_000,
  snapshotMax: 1_000,
};

/** A client with one subscription. */
export function aSubscriber(asked: Subscription, { id = 's', grants = EVERYTHING, limits = GENEROUS } = {}) {
  const outlet = new RecordingOutlet();
  const connection = new RealtimeConnection(outlet, new Caller('subscriber', 'page'), limits, new RealtimeCounters());
  const query = SubscriptionQuery.of(asked, (subscription, terms) => permitOf(grants, subscription, terms));
  const subscription = new LiveSubscription(connection, id, query);
  connection.subscriptions.set(id, subscription);
  return { outlet, connection, subscription };
}
