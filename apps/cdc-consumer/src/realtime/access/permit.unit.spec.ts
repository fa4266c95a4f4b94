import type { Operation, Subscription } from '@sluice/contracts';
import { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import { SnapshotPoint } from '../subscription/snapshot.point.js';
import { SubscriptionQuery } from '../subscription/subscription.query.js';
import type { Grant } from './grant.schema.js';
import { EVERYTHING, permitOf, refuseGhosts } from './permit.js';

const grants = (...operations: Operation[]): Grant[] => [
  { to: ['ann'], roles: [], namespaces: ['shop.*'], operations },
];
const snapshot = { namespace: 'shop.orders', snapshot: true };

it('lets nobody read documents as they are whose grant leaves out what tells of them', () => {
  expect(() => permitOf(grants('delete'), snapshot, [])).toThrow('insert, update, replace together');
  expect(() => permitOf(grants('insert', 'update', 'delete'), snapshot, [])).toThrow('granted: insert, update, delete');
  expect(permitOf(grants('insert', 'update', 'replace'), snapshot, []).operations?.size).toBe(3);
  expect(permitOf(grants('delete'), { namespace: 'shop.orders' }, []).operations?.size).toBe(1);
  expect(permitOf(EVERYTHING, snapshot, []).operations).toBeUndefined();
});

it('lets nobody keep documents who is not told of deletes, by a snapshot of now or of before', () => {
  const queryOf = (granted: readonly Grant[], asked: Partial<Subscription>) =>
    SubscriptionQuery.of({ namespace: 'shop.orders', ...asked }, (want, terms) => permitOf(granted, want, terms));
  const withoutDelete = grants('insert', 'update', 'replace');
  const changes = queryOf(withoutDelete, {});
  const from = SnapshotPoint.of(new Timestamp({ t: 1, i: 1 }), changes).at('c1.place');
  for (const kept of [{ snapshot: true }, { from }]) {
    expect(() => refuseGhosts(queryOf(withoutDelete, kept))).toThrow(
      'the operation delete, which a snapshot takes too, is not granted to this token; granted: insert, update, replace',
    );
    for (const enough of [EVERYTHING, grants('insert', 'update', 'replace', 'delete')]) {
      expect(() => refuseGhosts(queryOf(enough, kept))).not.toThrow();
    }
  }
  for (const told of [{}, { from: 'c1.place' }, { from: 'now' as const }, { from, fields: ['status'] }]) {
    expect(() => refuseGhosts(queryOf(withoutDelete, told))).not.toThrow();
  }
});
