export { keyOf, LiveCollection, type CollectionChange, type LiveCollectionRequest } from './live.collection.js';
export { RealtimeClient, type RealtimeClientOptions } from './realtime.client.js';
export type { RealtimeClock } from './realtime.clock.js';
export type { ConnectionState } from './realtime.connection.js';
export { CLIENT_ERROR, RealtimeError } from './realtime.error.js';
export type {
  EventItem,
  GapItem,
  LeaveItem,
  RealtimeItem,
  SnapshotDocument,
  SnapshotItem,
  SubscriptionRequest,
  TypedEvent,
} from './realtime.item.js';
export type { ReconnectOptions } from './reconnect.policy.js';
export { Subscription } from './subscription.js';
export { ticketsFrom } from './tickets.js';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.js';
