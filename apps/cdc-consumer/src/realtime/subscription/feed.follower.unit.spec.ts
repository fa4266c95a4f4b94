import { EventBuilder } from '@sluice/testing';
import { expect, it } from 'vitest';
import { EVERYTHING, permitOf } from '../access/permit.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { FanOut } from '../fan-out/fan.out.js';
import { aSubscriber, GENEROUS } from '../fan-out/subscriber.fixture.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { FeedFollower } from './feed.follower.js';
import { LiveSubscription } from './live.subscription.js';
import { SubscriptionQuery } from './subscription.query.js';

const NS = 'shop.orders';
const text = 'x'.repeat(100_000);
const aTurn = () => new Promise((resolve) => setImmediate(resolve));

function followersOf(count: number, events: number) {
  const feed = new MemoryFeed();
  const fanOut = new FanOut(feed, GENEROUS, new RealtimeCounters());
  const { outlet, connection } = aSubscriber({ namespace: NS });
  const start = { cursor: feed.head };
  const make = new EventBuilder();
  for (let _id = 0; _id < events; _id += 1) feed.tell(make.anInsert(NS, { _id, text }));
  const subscriptions = Array.from({ length: count }, (_, index) => {
    const query = SubscriptionQuery.of({ namespace: NS }, (want, terms) => permitOf(EVERYTHING, want, terms));
    return new LiveSubscription(connection, `s${index}`, query);
  });
  const follow = (subscription: LiveSubscription) => {
    const follower = new FeedFollower(subscription, feed, fanOut, GENEROUS.maxMessageBytes, () => undefined);
    return feed.replay(start, follower, subscription.ending.signal);
  };
  return { feed, outlet, subscriptions, follow };
}

it('twenty that catch up on one connection wait for each other, and a client that reads is not closed', async () => {
  const { outlet, subscriptions, follow } = followersOf(20, 5);
  outlet.isStuck = true;
  let mostUnsent = 0;
  const following = subscriptions.map(follow);
  while (subscriptions.some(({ isLive }) => !isLive)) {
    await aTurn();
    mostUnsent = Math.max(mostUnsent, outlet.unsentBytes);
    expect(outlet.closed).toBeUndefined();
    outlet.flush();
  }
  await Promise.all(following);
  expect(mostUnsent, 'half of the bytes and one event').toBeLessThan(GENEROUS.bufferBytes / 2 + 101_000);
  for (const { id } of subscriptions) {
    const ids = outlet.of('event').filter((message) => message.id === id);
    expect(ids.map(({ event }) => event.documentKey?.['_id'])).toEqual([0, 1, 2, 3, 4]);
  }
});

it('stands before a change that waits for room, so that whoever is cut then is told it', async () => {
  const { outlet, subscriptions, follow } = followersOf(1, 8);
  outlet.isStuck = true;
  const [subscription] = subscriptions;
  if (subscription === undefined) throw new Error('there is one');
  const following = follow(subscription);
  await aTurn();
  expect(outlet.messages).toHaveLength(6);
  expect(subscription.cursor).toBe(outlet.of('event').at(-1)?.cursor);
  subscription.ending.abort();
  outlet.flush();
  await expect(following).rejects.toThrow();
  expect(outlet.messages, 'it has ended').toHaveLength(6);
});
