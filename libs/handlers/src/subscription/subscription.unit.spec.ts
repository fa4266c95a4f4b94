import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROL_OPERATIONS, DOCUMENT_OPERATIONS, matchesPattern, operationSchema, patternOf } from '@sluice/contracts';
import { anEvent } from '../fixtures.spec.js';
import { namespaceSubscription, patternSubscription } from './subscription.js';

const databases = fc.constantFrom('shop', 'shop2', 'hr');
const collections = fc.constantFrom('orders', 'orders.eu', 'orders.eu.old', 'people');
const namespaces = fc.oneof(
  fc.constant('*'),
  databases.map((db) => `${db}.*`),
  fc.tuple(databases, collections).map((words) => words.join('.')),
);

describe('a subscription', () => {
  it('wants no event that its patterns would not bring', () => {
    const whole = fc.record({ db: databases, coll: collections });
    const partial = fc.record({ db: databases, coll: collections }, { requiredKeys: [] });
    const changes = fc.oneof(
      fc.tuple(fc.constantFrom(...DOCUMENT_OPERATIONS, 'read' as const), whole),
      fc.tuple(fc.constantFrom(...CONTROL_OPERATIONS), partial),
    );
    fc.assert(
      fc.property(changes, namespaces, ([operation, changed], namespace) => {
        const { wants, patterns } = namespaceSubscription(operationSchema.options, namespace);
        const event = anEvent(operation, changed);
        if (wants(event)) expect(patterns.some((pattern) => matchesPattern(pattern, patternOf(event)))).toBe(true);
      }),
    );
  });

  it('wants of the documents exactly what its patterns bring', () => {
    const all = fc.constantFrom(...DOCUMENT_OPERATIONS, 'read' as const);
    fc.assert(
      fc.property(
        all,
        fc.subarray([...DOCUMENT_OPERATIONS], { minLength: 1 }),
        namespaces,
        databases,
        collections,
        (operation, operations, namespace, db, coll) => {
          const { wants, patterns } = namespaceSubscription(operations, namespace);
          const event = anEvent(operation, { db, coll });
          expect(wants(event)).toBe(patterns.some((pattern) => matchesPattern(pattern, patternOf(event))));
        },
      ),
    );
  });

  it('hears of control events only where its namespace is concerned', () => {
    const { wants } = namespaceSubscription(operationSchema.options, 'shop.orders');
    expect(wants(anEvent('drop', { db: 'shop', coll: 'orders' }))).toBe(true);
    expect(wants(anEvent('drop', { db: 'shop', coll: 'people' }))).toBe(false);
    expect(wants(anEvent('dropDatabase', { db: 'shop' }))).toBe(true);
    expect(wants(anEvent('dropDatabase', { db: 'hr' }))).toBe(false);
    expect(wants(anEvent('rename', { db: 'shop', coll: 'old' }, { db: 'shop', coll: 'orders' }))).toBe(true);
    expect(wants(anEvent('gap', {}))).toBe(true);
    expect(wants(anEvent('gap', { db: 'hr' }))).toBe(false);
  });

  it('matches by pattern as @EventPattern has it', () => {
    const { wants } = patternSubscription('*.shop.#');
    expect(wants(anEvent('delete', { db: 'shop', coll: 'orders.eu' }))).toBe(true);
    expect(wants(anEvent('delete', { db: 'hr', coll: 'orders' }))).toBe(false);
  });
});
