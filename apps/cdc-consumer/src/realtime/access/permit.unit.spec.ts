import type { Operation } from '@sluice/contracts';
import { expect, it } from 'vitest';
import type { Grant } from './grant.schema.js';
import { EVERYTHING, permitOf } from './permit.js';

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
