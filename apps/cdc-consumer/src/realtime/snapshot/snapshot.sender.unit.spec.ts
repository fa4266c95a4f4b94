import { realtimeMessageSchema, type BsonDocument } from '@sluice/contracts';
import { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import { EVERYTHING, permitOf } from '../access/permit.js';
import { aSubscriber, GENEROUS } from '../fan-out/subscriber.fixture.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { LiveSubscription } from '../subscription/live.subscription.js';
import { SubscriptionQuery } from '../subscription/subscription.query.js';
import { DocumentSource, type SnapshotReading } from './document.source.js';
import { SnapshotSender } from './snapshot.sender.js';

/** One document a batch. */
class Batches extends DocumentSource {
  constructor(
    private readonly documents: readonly BsonDocument[],
    private readonly beforeSecond: () => void = () => undefined,
  ) {
    super();
  }

  override indexes = () => Promise.resolve([{ name: 'a_1', key: { a: 1 } }]);
  override count = () => Promise.resolve(this.documents.length);
  override find = () => Promise.resolve(null);
  override read(): SnapshotReading {
    let batches = 0;
    const next = (): Promise<readonly BsonDocument[]> => {
      batches += 1;
      if (batches === 2) this.beforeSecond();
      return Promise.resolve(this.documents.slice(batches - 1, batches));
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
  const documents = [1, 2].map((_id) => ({ _id, status: 'open', secret: _id }));
  await new SnapshotSender(new Batches(documents, cut), new MemoryFeed(), GENEROUS).send(subscription);
  const pages = outlet.of('snapshot');
  expect(pages.flatMap(({ documents }) => documents.map(({ fullDocument }) => fullDocument))).toEqual([
    { _id: 1, status: 'open', secret: 1 },
    { _id: 2, status: 'open' },
  ]);
});

it('a document that no message has room for stands in the snapshot with a link to it, and the others come as ever', async () => {
  const limits = { ...GENEROUS, maxMessageBytes: 16_384 };
  const { outlet, subscription } = aSubscriber({ namespace: 'shop.orders', where: { a: 1 } }, { limits });
  const documents = ['small', 'x'.repeat(20_000), 'small'].map((text, _id) => ({ _id, a: 1, text }));
  await new SnapshotSender(new Batches(documents), new MemoryFeed(), limits).send(subscription);
  const pages = outlet.of('snapshot');
  for (const page of pages) expect(realtimeMessageSchema.parse(page)).toEqual(page);
  const query = new URLSearchParams({ _id: '1', where: '{"a":1}' });
  expect(pages.flatMap((page) => page.documents)).toEqual([
    { documentKey: { _id: 0 }, fullDocument: documents[0] },
    { documentKey: { _id: 1 }, omitted: ['fullDocument'], href: `/realtime/documents/shop.orders?${query.toString()}` },
    { documentKey: { _id: 2 }, fullDocument: documents[2] },
  ]);
});

it('twenty snapshots at once on one connection wait for each other, and a client that reads is not closed', async () => {
  const { outlet, connection } = aSubscriber({ namespace: 'shop.orders' });
  outlet.isStuck = true;
  const documents = Array.from({ length: 5 }, (_, _id) => ({ _id, text: 'x'.repeat(100_000) }));
  const sending = Array.from({ length: 20 }, (_, index) => {
    const query = SubscriptionQuery.of({ namespace: 'shop.orders' }, (want, terms) =>
      permitOf(EVERYTHING, want, terms),
    );
    const subscription = new LiveSubscription(connection, `s${index}`, query);
    return new SnapshotSender(new Batches(documents), new MemoryFeed(), GENEROUS).send(subscription);
  });
  let isOver = false;
  const over = Promise.all(sending).finally(() => (isOver = true));
  let mostUnsent = 0;
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    mostUnsent = Math.max(mostUnsent, outlet.unsentBytes);
    outlet.flush();
  }
  await over;
  expect(outlet.closed).toBeUndefined();
  expect(mostUnsent, 'half of the bytes and one page').toBeLessThan(GENEROUS.bufferBytes / 2 + 132_000);
  expect(outlet.of('snapshot').flatMap((page) => page.documents)).toHaveLength(20 * 5);
});

it('a snapshot with a key that no message has room for is refused: nothing could be told of its document', async () => {
  const limits = { ...GENEROUS, maxMessageBytes: 16_384 };
  const { subscription } = aSubscriber({ namespace: 'shop.orders' }, { limits });
  const source = new Batches([{ _id: 'x'.repeat(20_000) }]);
  const sending = new SnapshotSender(source, new MemoryFeed(), limits).send(subscription);
  await expect(sending).rejects.toMatchObject({ code: 'SLUICE-REALTIME-SNAPSHOT-TOO-LARGE' });
});
