import { Injectable, Logger } from '@nestjs/common';
import type { Subscription } from '@sluice/contracts';
import type { Caller } from '@sluice/platform';
import { refuseGhosts } from '../access/permit.js';
import { RealtimeAccess } from '../access/realtime.access.js';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import type { RealtimeConnection } from '../connection/realtime.connection.js';
import { FanOut } from '../fan-out/fan.out.js';
import { messageOf } from '../fan-out/shared.message.js';
import { FeedCursorError } from '../feed/feed-cursor.error.js';
import { Feed, type FeedStart } from '../feed/feed.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import { SnapshotSender } from '../snapshot/snapshot.sender.js';
import { FeedFollower, startOf } from './feed.follower.js';
import { LiveSubscription } from './live.subscription.js';
import type { SubscriptionQuery } from './subscription.query.js';

/** Begins and ends the subscriptions of connections. */
@Injectable()
export class SubscriptionDesk {
  private readonly logger = new Logger('Realtime');

  constructor(
    private readonly feed: Feed,
    private readonly fanOut: FanOut,
    private readonly access: RealtimeAccess,
    private readonly snapshots: SnapshotSender,
    private readonly limits: RealtimeLimits,
  ) {}

  /** Checks what is asked for. Nothing is sent yet: `follow` does that. @throws RealtimeRequestError */
  open(connection: RealtimeConnection, id: string, asked: Subscription): LiveSubscription {
    const { subscriptions, caller } = connection;
    const { maxSubscriptions } = this.limits;
    if (subscriptions.has(id)) {
      throw new RealtimeRequestError('SLUICE-REALTIME-ID-TAKEN', `"${id}" is subscribed already; choose another id`);
    }
    if (subscriptions.size >= maxSubscriptions) {
      const message = `the connection has ${maxSubscriptions} subscriptions; allowed: ${maxSubscriptions}`;
      throw new RealtimeRequestError('SLUICE-REALTIME-SUBSCRIPTIONS-FULL', message);
    }
    const subscription = new LiveSubscription(connection, id, this.permit(caller, asked));
    subscriptions.set(id, subscription);
    return subscription;
  }

  /** What is asked for, where that can be had by the caller. @throws RealtimeRequestError */
  permit(caller: Caller, asked: Subscription): SubscriptionQuery {
    if (asked.snapshot === true && asked.from !== undefined) {
      const message = 'found both `snapshot` and `from`; allowed: one of them, since a snapshot is of now';
      throw new RealtimeRequestError('SLUICE-REALTIME-MESSAGE-INVALID', message);
    }
    const query = this.access.permit(caller, asked);
    refuseGhosts(query);
    return query;
  }

  /** Sends what there is, and what comes. Never rejects: what goes wrong is told to the client. */
  async follow(subscription: LiveSubscription, { from, snapshot }: Subscription): Promise<void> {
    try {
      await (snapshot === true
        ? this.withSnapshot(subscription)
        : this.since(subscription, startOf(from, subscription)));
    } catch (error) {
      if (subscription.ending.signal.aborted) return;
      this.tellEnd(subscription, error);
    }
  }

  unsubscribe(connection: RealtimeConnection, id: string): void {
    const subscription = connection.subscriptions.get(id);
    if (subscription === undefined) {
      throw new RealtimeRequestError('SLUICE-REALTIME-ID-UNKNOWN', `"${id}" is not subscribed`);
    }
    this.end(subscription);
    subscription.send(messageOf({ type: 'unsubscribed' }));
  }

  /** A connection has gone. */
  endAll({ subscriptions }: RealtimeConnection): void {
    for (const subscription of [...subscriptions.values()]) this.end(subscription);
  }

  /** What counts has changed: a subscription goes on with what it may see now, or ends. */
  checkAgain(subscription: LiveSubscription): void {
    const { connection, query } = subscription;
    let permitted: SubscriptionQuery;
    try {
      permitted = this.access.permitAgain(connection.caller, query);
      refuseGhosts(permitted);
    } catch (error) {
      return this.tellEnd(subscription, error);
    }
    subscription.replaceQuery(permitted);
  }

  private async withSnapshot(subscription: LiveSubscription): Promise<void> {
    this.begin(subscription, undefined);
    const start = await this.snapshots.send(subscription);
    await this.since(subscription, start);
  }

  private async since(subscription: LiveSubscription, start: FeedStart): Promise<void> {
    if (start !== 'now' && 'cursor' in start) subscription.cursor = start.cursor;
    const hasBegun = subscription.hasBegun;
    const begin = (cursor: string | undefined) => (hasBegun ? undefined : this.begin(subscription, cursor));
    const follower = new FeedFollower(subscription, this.feed, this.fanOut, this.limits.maxMessageBytes, begin);
    await this.feed.replay(start, follower, subscription.ending.signal);
  }

  private begin(subscription: LiveSubscription, cursor: string | undefined): void {
    subscription.hasBegun = true;
    const { heartbeatMs } = this.limits;
    subscription.send(messageOf({ type: 'subscribed', cursor, heartbeatMs }));
  }

  private tellEnd(subscription: LiveSubscription, error: unknown): void {
    const { connection, id } = subscription;
    this.end(subscription);
    connection.tellAll({ type: 'error', id, ...this.told(error) });
    if (connection.subscriptions.size === 0) connection.noteEmpty();
  }

  private end(subscription: LiveSubscription): void {
    subscription.connection.subscriptions.delete(subscription.id);
    subscription.ending.abort();
    this.fanOut.remove(subscription);
  }

  /** What a client is told of what went wrong; what is no fault of its own is logged, and ends nobody else's connection. */
  told(error: unknown): { code: string; message: string } {
    if (error instanceof RealtimeRequestError || error instanceof FeedCursorError) {
      return { code: error.code, message: error.message };
    }
    this.logger.error(error);
    return { code: 'SLUICE-REALTIME-UNAVAILABLE', message: 'it cannot be served now; subscribe again' };
  }
}
