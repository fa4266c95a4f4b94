import type { RealtimeDocument, RealtimeMessage } from '@sluice/contracts';
import { largeDocument } from './large-document.js';
import { Listeners } from './listeners.js';
import { LiveCollection, type LiveCollectionRequest } from './live.collection.js';
import { systemClock, type RealtimeClock } from './realtime.clock.js';
import { RealtimeConnection, type ConnectionState } from './realtime.connection.js';
import { CLIENT_ERROR, RealtimeError } from './realtime.error.js';
import type { SubscriptionRequest } from './realtime.item.js';
import { delayOf, isPassing, type ReconnectOptions } from './reconnect.policy.js';
import { Subscription, type ItemMessage, type SubscriptionEnd, type SubscriptionLink } from './subscription.js';
import { webSocketConstructor, type WebSocketConstructor } from './web-socket.js';

export interface RealtimeClientOptions {
  /** Of the gateway: `https://shop.example/realtime`, or the same with `wss`. */
  readonly url: string;
  /** A new ticket for each connection, as `ticketsFrom` fetches it: a browser cannot send a token with a WebSocket. */
  readonly ticket?: () => Promise<string>;
  /** Where the platform has none (Node before 22), or another one is wanted: the one of `ws`. */
  readonly WebSocket?: WebSocketConstructor;
  readonly reconnect?: ReconnectOptions;
  /** What a connection, and the answer to a request, may take, in ms. Default 20,000. */
  readonly timeoutMs?: number;
  /** How much may wait in one subscription, in about bytes of messages, before the server is asked to stop. Default 4 MiB. */
  readonly bufferBytes?: number;
  /** Only for tests. */
  readonly clock?: RealtimeClock;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const DEFAULT_BUFFER_BYTES = 4 * 2 ** 20;

/**
 * Subscriptions to a gateway over one WebSocket, which is opened with the first of them and made again whenever it is
 * lost. Each goes on where it stood. @throws RealtimeError SLUICE-REALTIME-WEBSOCKET-MISSING
 */
export class RealtimeClient {
  private readonly connection: RealtimeConnection;
  private readonly states = new Listeners<[ConnectionState, RealtimeError | undefined]>();
  private readonly subscriptions = new Set<SubscriptionEnd>();
  /** What the server is asked for, by a new name each time: what still comes for an earlier one is old. */
  private readonly active = new Map<string, SubscriptionEnd>();
  private readonly link: SubscriptionLink = {
    start: (subscription) => this.start(subscription),
    hold: (subscription) => this.hold(subscription),
    stop: (subscription) => this.stop(subscription),
  };
  /** For the moment, one after the other, since the last item. */
  private readonly refusals = new WeakMap<SubscriptionEnd, number>();
  private readonly clock: RealtimeClock;
  private names = 0;

  constructor(private readonly options: RealtimeClientOptions) {
    const { url, ticket, reconnect = {}, timeoutMs = DEFAULT_TIMEOUT_MS, clock = systemClock } = options;
    const WebSocket = webSocketConstructor(options.WebSocket);
    this.clock = clock;
    this.connection = new RealtimeConnection(
      { url, ticket, WebSocket, reconnect, timeoutMs, clock },
      {
        changed: (state, reason) => this.changed(state, reason),
        opened: () => this.startAgain(),
        received: (message, bytes) => this.take(message, bytes),
      },
    );
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  /** Calls `listener` with every new state, and why it is so where that is not wanted; answers how to stop that. */
  onState(listener: (state: ConnectionState, reason: RealtimeError | undefined) => void): () => void {
    return this.states.add(listener);
  }

  /** Items as they come: `for await (const item of subscription)`, or `subscription.forEach(listener)`. */
  subscribe<T = RealtimeDocument>(request: SubscriptionRequest): Subscription<T> {
    const subscription = new Subscription<T>(request, this.options.bufferBytes ?? DEFAULT_BUFFER_BYTES, this.link);
    this.start(subscription);
    return subscription;
  }

  /** The documents that match, kept as they are now. */
  liveCollection<T = RealtimeDocument>(request: LiveCollectionRequest<T>): LiveCollection<T> {
    const { url, ticket } = this.options;
    const load = (href: string): Promise<T | null> => largeDocument<T>(url, href, ticket);
    return new LiveCollection<T>({ load, ...request }, (wanted) => this.subscribe<T>(wanted), this.clock);
  }

  /** Lets the connection go, and keeps the subscriptions: for a page that nobody looks at. */
  disconnect(): void {
    this.connection.disconnect('disconnected');
  }

  /** Goes on after `disconnect`, or at once where the next attempt would have to wait. */
  connect(): void {
    this.connection.connect();
  }

  /** Ends all subscriptions and the connection. */
  close(): void {
    this.connection.disconnect('closed');
  }

  private start(subscription: SubscriptionEnd): void {
    if (this.state === 'closed') return subscription.end(closed());
    const id = `s${(this.names += 1)}`;
    this.subscriptions.add(subscription);
    this.active.set(id, subscription);
    if (this.state === 'idle') this.connection.connect();
    else this.connection.send({ ...subscription.request, type: 'subscribe', id });
  }

  private hold(subscription: SubscriptionEnd): void {
    for (const [id, each] of this.active) {
      if (each !== subscription) continue;
      this.active.delete(id);
      this.connection.send({ type: 'unsubscribe', id });
    }
  }

  private stop(subscription: SubscriptionEnd): void {
    this.hold(subscription);
    this.subscriptions.delete(subscription);
  }

  private startAgain(): void {
    const all = [...this.active.values()];
    this.active.clear();
    for (const subscription of all) {
      subscription.cut();
      this.start(subscription);
    }
  }

  /** Closed by its owner subscriptions end in order, refused for good with the reason. */
  private changed(state: ConnectionState, reason: RealtimeError | undefined): void {
    if (state === 'closed') {
      this.active.clear();
      for (const subscription of this.subscriptions) subscription.end(reason);
    }
    this.states.tell(state, reason);
  }

  private take(message: RealtimeMessage, bytes: number): void {
    switch (message.type) {
      case 'heartbeat':
        for (const [id, cursor] of Object.entries(message.cursors)) this.active.get(id)?.moved(cursor);
        return;
      case 'error':
        return this.refused(message.id, new RealtimeError(message.code, message.message));
      case 'subscribed':
        return this.active.get(message.id)?.moved(message.cursor);
      case 'unsubscribed':
        return;
      default:
        return this.item(message, bytes);
    }
  }

  private item(message: ItemMessage, bytes: number): void {
    const subscription = this.active.get(message.id);
    if (!subscription) return;
    this.refusals.delete(subscription);
    subscription.take(message, bytes);
  }

  private refused(id: string | undefined, error: RealtimeError): void {
    if (id === undefined) return this.states.tell(this.state, error); // of the connection, which the server closes or keeps
    const subscription = this.active.get(id);
    this.active.delete(id);
    if (!subscription) return;
    if (isPassing(error.code)) this.startLater(subscription);
    else subscription.end(error);
  }

  private startLater(subscription: SubscriptionEnd): void {
    const refusals = this.refusals.get(subscription) ?? 0;
    this.refusals.set(subscription, refusals + 1);
    this.clock.after(delayOf(refusals, this.clock.random(), this.options.reconnect ?? {}), () => {
      subscription.cut();
      if (this.subscriptions.has(subscription)) this.start(subscription);
    });
  }
}

function closed(): RealtimeError {
  return new RealtimeError(CLIENT_ERROR.closed, 'This client is closed: make a new one.');
}
