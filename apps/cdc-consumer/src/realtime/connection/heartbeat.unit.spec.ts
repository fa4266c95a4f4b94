import { expect, it } from 'vitest';
import { aSubscriber, GENEROUS } from '../fan-out/subscriber.fixture.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { Heartbeat } from './heartbeat.js';

const BEATS_OF_A_ROUND = 16;

/** A client that answers no ping; `before` is what happens ahead of each round. */
function after(rounds: number, before: (client: ReturnType<typeof aSubscriber>) => void) {
  const client = aSubscriber({ namespace: 'shop.orders' });
  const heartbeat = new Heartbeat(new MemoryFeed(), GENEROUS);
  heartbeat.add(client.connection);
  for (let round = 0; round < rounds; round += 1) {
    before(client);
    for (let beat = 0; beat < BEATS_OF_A_ROUND; beat += 1) heartbeat.beat();
  }
  return client.outlet;
}

it('closes a client that answers no ping', () => {
  expect(after(2, () => undefined).closed).toBeUndefined();
  expect(after(3, () => undefined).closed?.code).toBe(4408);
});

it('leaves a client alone that reads what the pings wait behind, however slowly', () => {
  const outlet = after(20, ({ outlet }) => {
    outlet.isStuck = true;
    outlet.unsentBytes = 1_000_000;
    outlet.taken += 1;
  });
  expect([outlet.closed, outlet.pings]).toEqual([undefined, 20]);
});

it('closes a client that has stopped to read', () => {
  let rounds = 0;
  const outlet = after(8, ({ outlet }) => {
    outlet.isStuck = true;
    outlet.unsentBytes = 1_000_000;
    if (++rounds < 5) outlet.taken += 1;
  });
  expect([outlet.closed?.code, outlet.pings]).toEqual([4408, 5]);
});

it('takes no reading for a sign of life that the buffer of the system alone has done', () => {
  expect(after(3, ({ outlet }) => (outlet.taken += 100)).closed?.code).toBe(4408);
});
