import { Injectable } from '@nestjs/common';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import type { FeedEntry, FeedEvent, FeedGapEntry } from '../feed/feed-entry.js';
import { Feed } from '../feed/feed.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import type { LiveSubscription } from '../subscription/live.subscription.js';
import { SubscriptionIndex } from '../subscription/subscription.index.js';
import { messageFor, newNameBy, readChange } from './entry.reader.js';
import { gapMessage, UNREADABLE } from './gap.message.js';

/** Tells every change to the live subscriptions that it concerns, in the turn in which the feed tells it. */
@Injectable()
export class FanOut {
  private readonly index = new SubscriptionIndex<LiveSubscription>();

  constructor(
    feed: Feed,
    private readonly limits: RealtimeLimits,
    private readonly counters: RealtimeCounters,
  ) {
    feed.listen((entry) => this.deliver(entry));
  }

  add(subscription: LiveSubscription): void {
    subscription.isLive = true;
    this.index.add(subscription);
  }

  remove(subscription: LiveSubscription): void {
    if (!subscription.isLive) return;
    subscription.isLive = false;
    this.index.remove(subscription);
  }

  private deliver(entry: FeedEntry): void {
    const startedAt = performance.now();
    if (entry.kind === 'gap') this.deliverGap(entry.gap.namespace, entry);
    else if (entry.namespace !== undefined && (entry.operation === 'rename' || this.index.has(entry.namespace))) {
      this.deliverChange(entry, entry.namespace);
    }
    this.counters.fanOutMs += performance.now() - startedAt;
  }

  private deliverChange(entry: FeedEvent, namespace: string): void {
    const change = readChange(entry, this.limits.maxMessageBytes);
    if (change === undefined) return this.deliverGap(namespace, { cursor: entry.cursor, gap: UNREADABLE });
    const meet = (subscription: LiveSubscription): void => {
      const message = messageFor(entry, change, subscription);
      if (message !== undefined) subscription.send(message);
    };
    this.index.meet(namespace, change.facts, meet);
    const newName = newNameBy(change);
    if (newName !== undefined) this.index.meet(newName, change.facts, meet);
  }

  private deliverGap(namespace: string | undefined, gap: Pick<FeedGapEntry, 'cursor' | 'gap'>): void {
    const message = gapMessage(gap);
    for (const subscription of this.index.in(namespace)) subscription.send(message);
  }
}
