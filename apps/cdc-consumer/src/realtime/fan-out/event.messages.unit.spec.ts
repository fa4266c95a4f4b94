import { realtimeMessageSchema, type BsonDocument, type ChangeEvent } from '@sluice/contracts';
import { EventBuilder } from '@sluice/testing';
import { expect, it } from 'vitest';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { FanOut } from './fan.out.js';
import { aSubscriber, GENEROUS } from './subscriber.fixture.js';

const NS = 'shop.orders';

function aFanOut(limits = GENEROUS) {
  const feed = new MemoryFeed();
  return { feed, fanOut: new FanOut(feed, limits, new RealtimeCounters()) };
}

it('sends a large event without its document, with a link to it, and what is still too large without its changes', () => {
  const { feed, fanOut } = aFanOut({ ...GENEROUS, maxMessageBytes: 16_384 });
  const make = new EventBuilder();
  const { subscription: orders, outlet } = aSubscriber({ namespace: NS, where: { a: 1 }, fields: ['big', 'a'] });
  fanOut.add(orders);
  const big = 'x'.repeat(20_000);
  feed.tell(make.aReplace(NS, { _id: 'a/b', a: 1, big }));
  feed.tell(make.anUpdate(NS, 1, { updatedFields: { big }, fullDocument: { _id: 1, a: 1, big } }));
  const [replaced, updated] = outlet.of('event').map(({ event }) => event);
  const query = new URLSearchParams({ _id: '"a/b"', where: '{"a":1}', fields: 'big,a' });
  expect(replaced).toMatchObject({
    omitted: ['fullDocument'],
    href: `/realtime/documents/${NS}?${query.toString()}`,
  });
  expect(updated).toMatchObject({ omitted: ['fullDocument', 'updateDescription'], documentKey: { _id: 1 } });
  for (const event of [replaced, updated]) expect(event).not.toHaveProperty('fullDocument');
  expect(updated).not.toHaveProperty('updateDescription');
});

it.each([
  ['whole documents', undefined],
  ['some fields', ['a']],
])('shows %s of an update that came without its changes by a link, or by the document beside it', (_, fields) => {
  const { feed, fanOut } = aFanOut();
  const make = new EventBuilder();
  const asked = { namespace: NS, ...(fields === undefined ? {} : { fields }) };
  const { subscription: orders, outlet } = aSubscriber(asked);
  fanOut.add(orders);
  feed.tell(withoutChanges(make.anUpdate<BsonDocument>(NS, 1, { updatedFields: { a: 1 } })));
  feed.tell(withoutChanges(make.anUpdate<BsonDocument>(NS, 2, { fullDocument: { _id: 2, a: 2 } })));
  const query = new URLSearchParams({ _id: '1', ...(fields === undefined ? {} : { fields: 'a' }) });
  expect(outlet.messages).toMatchObject([
    {
      type: 'event',
      event: { omitted: ['updateDescription', 'fullDocument'], href: `/realtime/documents/${NS}?${query.toString()}` },
    },
    { type: 'event', event: { omitted: ['updateDescription'], fullDocument: { a: 2 } } },
  ]);
  for (const message of outlet.messages) expect(realtimeMessageSchema.parse(message)).toEqual(message);
});

/** As a stream with `onOversize: omitDocument` sends a large update. */
function withoutChanges(event: ChangeEvent): ChangeEvent {
  const { updateDescription: _, ...rest } = { updateDescription: undefined, ...event };
  return { ...rest, omitted: { updateDescription: true } } as ChangeEvent; // typed as always there
}
