import { Logger } from '@nestjs/common';
import {
  positionKey,
  realtimeMessageSchema,
  type BsonDocument,
  type ChangeEvent,
  type Subscription,
} from '@sluice/contracts';
import { EventBuilder } from '@sluice/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { modelRuns } from '../../../../../test/harness/model.runs.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { EventFacts } from '../subscription/event-facts.js';
import { tellingOf } from '../subscription/telling.policy.js';
import { FanOut } from './fan.out.js';
import { aSubscriber, GENEROUS } from './subscriber.fixture.js';

const NS = 'shop.orders';

function aFanOut(limits = GENEROUS) {
  const feed = new MemoryFeed();
  return { feed, fanOut: new FanOut(feed, limits, new RealtimeCounters()) };
}

/** What a client would do with the messages: an `event` or a `leave` each, with the cursor of its entry. */
const told = (messages: readonly object[]) =>
  messages.map((message) =>
    'type' in message && 'cursor' in message ? `${String(message.type)} ${String(message.cursor)}` : '',
  );

const value = fc.constantFrom<unknown>('a', 'b', 1, 2, null, ['a', 'b'], [{ x: 1 }, { x: 2 }], { x: 1 });
const document = fc.record({ _id: fc.integer({ min: 1, max: 3 }), f: value, g: value }, { requiredKeys: ['_id'] });
const operations = fc.constantFrom('insert' as const, 'update' as const, 'replace' as const, 'delete' as const);
const subscription: fc.Arbitrary<Subscription> = fc.record(
  {
    namespace: fc.constantFrom(NS, 'shop.carts'),
    where: fc.record(
      {
        _id: fc.integer({ min: 1, max: 3 }),
        f: fc.constantFrom<never>('a' as never, 1 as never, null as never, { x: 1 } as never),
        'f.x': fc.constantFrom<never>(1 as never, null as never),
        g: fc.constantFrom<never>('b' as never, 2 as never),
      },
      { requiredKeys: [] },
    ),
    operations: fc.uniqueArray(operations, { minLength: 1 }),
  },
  { requiredKeys: ['namespace'] },
);
const change = fc.record({
  operation: operations,
  namespace: fc.constantFrom(NS, 'shop.carts', 'shop.other'),
  after: document,
  before: fc.option(document, { nil: undefined }),
  lookUp: fc.constantFrom('found', 'missing', 'none'),
  changed: fc.constantFrom('f', 'g', 'f.x', 'f.0.x', 'other'),
});

describe('the fan-out', () => {
  it('tells each subscription what it would be told if every one were asked about every change', () => {
    fc.assert(
      fc.property(fc.array(subscription, { maxLength: 12 }), fc.array(change, { maxLength: 12 }), (asked, changes) => {
        const { feed, fanOut } = aFanOut();
        const make = new EventBuilder();
        const clients = asked.map((each) => aSubscriber(each));
        for (const client of clients) fanOut.add(client.subscription);
        const expected = clients.map((): string[] => []);
        for (const each of changes) {
          const event = eventOf(make, each);
          const { cursor } = feed.tell(event);
          clients.forEach(({ subscription: { query } }, at) => {
            const telling = query.namespace === each.namespace ? tellingOf(query, new EventFacts(event)) : undefined;
            if (telling !== undefined) expected[at]?.push(`${telling} ${cursor}`);
          });
        }
        expect(clients.map(({ outlet }) => told(outlet.messages))).toEqual(expected);
        for (const { subscription: gone } of clients) fanOut.remove(gone);
        feed.tell(make.aReplace(NS, { _id: 1, f: 'a' }));
        expect(clients.map(({ outlet }) => told(outlet.messages))).toEqual(expected);
      }),
      { numRuns: modelRuns(300) },
    );
  });

  it('tells a gap to those whom it concerns', () => {
    const { feed, fanOut } = aFanOut();
    const orders = aSubscriber({ namespace: NS });
    const carts = aSubscriber({ namespace: 'shop.carts' });
    for (const { subscription: each } of [orders, carts]) fanOut.add(each);
    feed.tellGap({ reason: 'stream', from: null, to: new Date(0) });
    feed.tellGap({ reason: 'overtaken', from: null, to: null, namespace: NS });
    expect(orders.outlet.of('gap').map(({ reason }) => reason)).toEqual(['stream', 'overtaken']);
    expect(carts.outlet.of('gap')).toMatchObject([{ reason: 'stream', to: '1970-01-01T00:00:00.000Z' }]);
  });

  it('tells a gap in place of a change that cannot be read', () => {
    const { feed, fanOut } = aFanOut();
    const { subscription: orders, outlet } = aSubscriber({ namespace: NS, where: { status: 'open' } });
    fanOut.add(orders);
    const { cursor } = feed.tell(new EventBuilder().aDelete(NS, 1), 'unreadable');
    expect(outlet.messages).toEqual([{ type: 'gap', id: 's', cursor, reason: 'source', from: null, to: null }]);
  });

  it('tells a gap in place of a change that cannot be told, and the log which one', () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const { feed, fanOut } = aFanOut();
    const { subscription: orders, outlet } = aSubscriber({ namespace: NS });
    vi.spyOn(orders, 'messageFor').mockImplementation(() => {
      throw new RangeError('no words for it');
    });
    fanOut.add(orders);
    const event: ChangeEvent = new EventBuilder().aDelete(NS, 1);
    feed.tell(event);
    expect(outlet.messages).toMatchObject([{ type: 'gap', reason: 'source' }]);
    const about = { eventId: event.id, stream: event.stream, position: positionKey(event.position), namespace: NS };
    expect(error).toHaveBeenCalledWith(expect.objectContaining(about));
    error.mockRestore();
  });

  it('tells the end of a database to all of its collections', () => {
    const { feed, fanOut } = aFanOut();
    const orders = aSubscriber({ namespace: NS });
    const other = aSubscriber({ namespace: 'shopping.orders' });
    for (const { subscription: each } of [orders, other]) fanOut.add(each);
    feed.tell(new EventBuilder().aDropDatabase('shop'));
    expect(orders.outlet.of('event').map(({ event }) => event.operation)).toEqual(['dropDatabase']);
    expect(other.outlet.messages).toEqual([]);
  });

  it('tells of a rename those of the old name and of the new one, who may not all know the other', () => {
    const { feed, fanOut } = aFanOut();
    const grants = [{ to: [], roles: [], namespaces: ['shop.new'] }];
    const old = aSubscriber({ namespace: NS });
    const both = aSubscriber({ namespace: 'shop.new' });
    const one = aSubscriber({ namespace: 'shop.new' }, { grants });
    for (const { subscription: each } of [old, both, one]) fanOut.add(each);
    feed.tell(new EventBuilder().aRename(NS, 'shop.new'));
    for (const { outlet } of [old, both]) expect(outlet.of('event')[0]?.event.to).toEqual({ db: 'shop', coll: 'new' });
    expect(one.outlet.messages).toMatchObject([{ type: 'gap', reason: 'source' }]);
  });

  it('writes a message once for all who are sent the same', () => {
    const { feed, fanOut } = aFanOut();
    const frames = new Set<Buffer>();
    const clients = Array.from({ length: 20 }, () => aSubscriber({ namespace: NS }));
    for (const { subscription: each, outlet } of clients) {
      outlet.write = (parts) => parts.forEach((part) => frames.add(part));
      fanOut.add(each);
    }
    feed.tell(new EventBuilder().anInsert(NS, { a: 1 }));
    expect(frames.size).toBe(1);
  });

  it('closes a client that does not read, and the others go on', () => {
    const { feed, fanOut } = aFanOut();
    const stuck = aSubscriber({ namespace: NS }, { limits: { ...GENEROUS, bufferBytes: 500 } });
    stuck.outlet.isStuck = true;
    const other = aSubscriber({ namespace: NS });
    for (const { subscription: each } of [stuck, other]) fanOut.add(each);
    const make = new EventBuilder();
    for (let n = 0; n < 10; n += 1) feed.tell(make.anInsert(NS, { n, text: 'x'.repeat(100) }));
    expect(stuck.outlet.closed?.code).toBe(4430);
    expect(stuck.outlet.messages.length).toBeLessThan(10);
    expect(other.outlet.messages).toHaveLength(10);
  });

  it('sends nothing but what the contract says', () => {
    const { feed, fanOut } = aFanOut();
    const { subscription: all, outlet } = aSubscriber({ namespace: NS });
    const { subscription: some, outlet: leaves } = aSubscriber({ namespace: NS, where: { f: 'a' }, fields: ['f'] });
    for (const each of [all, some]) fanOut.add(each);
    const make = new EventBuilder();
    feed.tell(make.anInsert(NS, { f: 'a', date: new Date(5) }));
    feed.tell(
      make.anUpdate<BsonDocument>(NS, 1, {
        removedFields: ['f'],
        truncatedArrays: [{ field: 'g', newSize: 1 }],
        fullDocument: null,
      }),
    );
    feed.tell(make.aRename(NS, 'shop.old'));
    feed.tellGap({ reason: 'retention', from: null, to: new Date() });
    for (const message of [...outlet.messages, ...leaves.messages]) {
      expect(realtimeMessageSchema.parse(message)).toEqual(message);
    }
    expect(told(leaves.messages).map((text) => text.split(' ')[0])).toEqual(['event', 'leave', 'event', 'gap']);
  });
});

function eventOf(make: EventBuilder, { operation, namespace, after, before, lookUp, changed }: ChangeOf): ChangeEvent {
  const preImage = before === undefined ? {} : { fullDocumentBeforeChange: { ...before, _id: after._id } };
  switch (operation) {
    case 'insert':
      return make.anInsert(namespace, after);
    case 'replace':
      return make.aReplace(namespace, after, preImage);
    case 'delete':
      return make.aDelete(namespace, after._id, preImage);
    case 'update': {
      const found = lookUp === 'none' ? {} : { fullDocument: lookUp === 'found' ? after : null };
      return make.anUpdate<BsonDocument>(namespace, after._id, { updatedFields: { [changed]: 1 }, ...found }, preImage);
    }
  }
}
type ChangeOf = typeof change extends fc.Arbitrary<infer T> ? T : never;
