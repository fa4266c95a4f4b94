import type { BsonDocument } from '@sluice/contracts';
import { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import { permitOf } from '../access/permit.js';
import { aSubscriber, GENEROUS } from '../fan-out/subscriber.fixture.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { SubscriptionQuery } from '../subscription/subscription.query.js';
import { DocumentSource, type SnapshotReading } from './document.source.js';
import { SnapshotSender } from './snapshot.sender.js';

/** Two documents, one a batch. */
class TwoBatches extends DocumentSource {
  constructor(private readonly beforeSecond: () => void) {
    super();
  }

  override indexes = () => Promise.resolve([]);
  override count = () => Promise.resolve(2);
  override find = () => Promise.resolve(null);
  override read(): SnapshotReading {
    let batches = 0;
    const next = (): Promise<readonly BsonDocument[]> => {
      batches += 1;
      if (batches === 2) this.beforeSecond();
      return Promise.resolve(batches > 2 ? [] : [{ _id: batches, status: 'open', secret: batches }]);
    };
    return { next, at: new Timestamp({ t: 1, i: 1 }), close: () => Promise.resolve() };
  }
}

it('a grant that is cut counts for the rest of a snapshot', async () => {
  const asked = { namespace: 'shop.orders' };
  const { outlet, subscription } = aSubscriber(asked);
  const less = [{ to: [], roles: [], namespaces: ['*'], fields: ['status'] }];
  const cut = () =>
    subscription.replaceQuery(SubscriptionQuery.of(asked, (want, terms) => permitOf(less, want, terms)));
  await new SnapshotSender(new TwoBatches(cut), new MemoryFeed(), GENEROUS).send(subscription);
  const pages = outlet.of('snapshot');
  expect(pages.flatMap(({ documents }) => documents.map(({ fullDocument }) => fullDocument))).toEqual([
    { _id: 1, status: 'open', secret: 1 },
    { _id: 2, status: 'open' },
  ]);
});
