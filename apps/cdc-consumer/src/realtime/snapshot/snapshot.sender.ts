import { Injectable } from '@nestjs/common';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import type { SharedMessage } from '../fan-out/shared.message.js';
import { Feed, type FeedStart } from '../feed/feed.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import type { LiveSubscription } from '../subscription/live.subscription.js';
import { SnapshotPoint } from '../subscription/snapshot.point.js';
import { DocumentSource, type SnapshotQuery, type SnapshotReading } from './document.source.js';
import { indexFor } from './snapshot.plan.js';
import { SnapshotPages } from './snapshot.pages.js';

const BATCH_SIZE = 200;

/**
 * Sends the documents that match, as they all were at one moment, and says where the changes after it begin. The feed's
 * newest entry is noted first: what comes behind it is told again, but for what had happened by that moment. ADR 0009.
 */
@Injectable()
export class SnapshotSender {
  constructor(
    private readonly source: DocumentSource,
    private readonly feed: Feed,
    private readonly limits: RealtimeLimits,
  ) {}

  /** @throws RealtimeRequestError; the signal's reason where the subscription ends first */
  async send(subscription: LiveSubscription): Promise<FeedStart> {
    const { signal } = subscription.ending;
    const query = await this.checked(subscription);
    const head = await this.headOfFeed(signal);
    const reading = this.source.read(query);
    try {
      await this.sendAll(subscription, reading, head);
    } finally {
      await reading.close();
    }
    // The feed was empty: whatever is there now has come since.
    return head === undefined ? { time: new Date(0) } : { cursor: head };
  }

  private async checked({ namespace, terms }: LiveSubscription): Promise<SnapshotQuery> {
    const { snapshotMax } = this.limits;
    const index = indexFor(namespace, terms, terms.length === 0 ? [] : await this.source.indexes(namespace));
    const query = { namespace, terms, index, batchSize: BATCH_SIZE };
    const isTooMany = snapshotMax === 0 || (await this.source.count(query, snapshotMax + 1)) > snapshotMax;
    if (!isTooMany) return query;
    throw new RealtimeRequestError(
      'SLUICE-REALTIME-SNAPSHOT-TOO-LARGE',
      `more documents of ${namespace} match than a snapshot may have: ${snapshotMax} (REALTIME_SNAPSHOT_MAX); ask for fewer by \`where\``,
    );
  }

  /** Once the feed's end is known. */
  private async headOfFeed(signal: AbortSignal): Promise<string | undefined> {
    await this.feed.replay('now', { take: () => undefined, live: () => undefined }, signal);
    return this.feed.head;
  }

  private async sendAll(
    subscription: LiveSubscription,
    reading: SnapshotReading,
    head: string | undefined,
  ): Promise<void> {
    const pages = new SnapshotPages(this.limits.maxMessageBytes);
    for (let batch = await reading.next(); batch.length > 0; batch = await reading.next()) {
      for (const document of batch) {
        const page = pages.add(document, subscription.query);
        if (page !== undefined) await sendWhenRead(subscription, page);
      }
    }
    subscription.point = SnapshotPoint.of(reading.at, subscription.query);
    await sendWhenRead(subscription, pages.last(head));
  }
}

/** Holds the reading up while the client does not read. */
async function sendWhenRead(subscription: LiveSubscription, page: SharedMessage): Promise<void> {
  await subscription.connection.whenRoom(() => {
    subscription.ending.signal.throwIfAborted();
    subscription.send(page);
  });
}
