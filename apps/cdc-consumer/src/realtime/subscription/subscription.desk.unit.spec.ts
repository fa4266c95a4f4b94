import type { Operation } from '@sluice/contracts';
import { Caller } from '@sluice/platform';
import { expect, it } from 'vitest';
import { permitOf } from '../access/permit.js';
import type { RealtimeAccess } from '../access/realtime.access.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { FanOut } from '../fan-out/fan.out.js';
import { aSubscriber, GENEROUS } from '../fan-out/subscriber.fixture.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import type { SnapshotSender } from '../snapshot/snapshot.sender.js';
import { SubscriptionDesk } from './subscription.desk.js';
import { SubscriptionQuery } from './subscription.query.js';

const asked = { namespace: 'shop.orders', snapshot: true };
const caller = new Caller('subscriber', 'page');

/** A desk under a grant that a test changes. */
function aDesk() {
  const grant = { to: [], roles: [], namespaces: ['*'], operations: ['insert', 'update', 'replace'] as Operation[] };
  const access: Pick<RealtimeAccess, 'permit' | 'permitAgain'> = {
    permit: (_, wanted) => SubscriptionQuery.of(wanted, (want, terms) => permitOf([grant], want, terms)),
    permitAgain: (_, query) => query.under((want, terms) => permitOf([grant], want, terms)),
  };
  const feed = new MemoryFeed();
  const fanOut = new FanOut(feed, GENEROUS, new RealtimeCounters());
  // The casts: nothing else of them is used here.
  const desk = new SubscriptionDesk(feed, fanOut, access as RealtimeAccess, {} as SnapshotSender, GENEROUS);
  return { desk, grant };
}

it('a snapshot without deletes is refused, and ends when they are taken away', () => {
  const { desk, grant } = aDesk();
  expect(() => desk.permit(caller, asked)).toThrow('the operation delete');
  grant.operations.push('delete');
  const { outlet, connection } = aSubscriber({ namespace: 'shop.orders' });
  const subscription = desk.open(connection, 'kept', asked);
  desk.checkAgain(subscription);
  expect([outlet.messages, connection.subscriptions.has('kept')]).toEqual([[], true]);
  grant.operations.pop();
  desk.checkAgain(subscription);
  expect(outlet.messages).toMatchObject([{ type: 'error', id: 'kept', code: 'SLUICE-REALTIME-OPERATION-FORBIDDEN' }]);
  expect(connection.subscriptions.has('kept')).toBe(false);
});
