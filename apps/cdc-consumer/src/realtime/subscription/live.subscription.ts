import type { RealtimeConnection } from '../connection/realtime.connection.js';
import type { EventMessages } from '../fan-out/event.messages.js';
import type { Recipient, SharedMessage } from '../fan-out/shared.message.js';
import type { EqualityTerm } from './equality-term.js';
import type { EventFacts } from './event-facts.js';
import type { Indexed } from './subscription.index.js';
import type { SnapshotPoint } from './snapshot.point.js';
import type { SubscriptionQuery } from './subscription.query.js';
import { tellingOf } from './telling.policy.js';

/** A client's subscription: what it wants, and where it stands in the feed. */
export class LiveSubscription implements Indexed, Recipient {
  metFor = 0;
  isLive = false;
  /** `subscribed` was sent. */
  hasBegun = false;
  /** The feed's, behind what it was told last while it caught up. */
  cursor: string | undefined;
  /** Of its snapshot, of this connection or an earlier one: changes up to it are told no more. */
  point: SnapshotPoint | undefined;
  /** Ends what is under way for it. */
  readonly ending = new AbortController();

  constructor(
    readonly connection: RealtimeConnection,
    readonly id: string,
    private current: SubscriptionQuery,
  ) {}

  get query(): SubscriptionQuery {
    return this.current;
  }

  get idSuffix(): string {
    return this.connection.outlet.idSuffix;
  }

  get namespace(): string {
    return this.current.namespace;
  }

  get terms(): readonly EqualityTerm[] {
    return this.current.terms;
  }

  /** What is permitted has changed; namespace and `where` stay, so its place in the index does. */
  replaceQuery(query: SubscriptionQuery): void {
    this.current = query;
  }

  send(message: SharedMessage): void {
    this.connection.send(message, this);
  }

  /** What the client is told of a place of the feed. */
  cursorAt(place: string): string {
    return this.point === undefined ? place : this.point.at(place);
  }

  /** What a change is to it; undefined: nothing. */
  messageFor(position: string, facts: EventFacts, messages: EventMessages): SharedMessage | undefined {
    if (this.point?.has(position) === true) return undefined;
    const { current } = this;
    switch (tellingOf(current, facts)) {
      case 'event':
        return messages.eventFor(current);
      case 'leave':
        return messages.leaveFor(current.view);
      case undefined:
        return undefined;
    }
  }
}
