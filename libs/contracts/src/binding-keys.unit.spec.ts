import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingKeysOf } from './binding-keys.js';
import { DOCUMENT_OPERATIONS, isControlOperation } from './operation.js';
import { matchesPattern } from './pattern.js';
import { MAX_KEY_BYTES, routingKeyOf } from './routing-key.js';

const LONG = 'c'.repeat(250);

describe('bindingKeysOf', () => {
  it('binds a pattern for each bucket', () => {
    expect(bindingKeysOf('insert.shop.orders', [7, 11])).toEqual(['07.insert.shop.orders', '11.insert.shop.orders']);
    expect(bindingKeysOf('insert.shop.#', [7])).toEqual(['07.insert.shop.#']);
    expect(bindingKeysOf('insert.#', [7])).toEqual(['07.insert.#']);
  });

  it('binds a control pattern once, without a bucket', () => {
    expect(bindingKeysOf('drop.shop.orders', [7, 11])).toEqual(['drop.shop.orders']);
    expect(bindingKeysOf('gap.#', [7, 11])).toEqual(['gap.#']);
  });

  it('binds a pattern of every operation for the control events that it matches too', () => {
    expect(bindingKeysOf('*.shop.#', [7])).toEqual([
      '07.*.shop.#',
      'drop.shop.#',
      'rename.shop.#',
      'dropDatabase.shop.#',
      'invalidate.shop.#',
      'gap.shop.#',
    ]);
  });

  it('shortens an over-long collection as its routing key is', () => {
    expect(bindingKeysOf(`insert.shop.${LONG}`, [7])).toEqual([routingKeyOf(7, `insert.shop.${LONG}`)]);
  });

  it('binds both forms where it depends on the operation which one the key has', () => {
    const collection = 'c'.repeat(MAX_KEY_BYTES - '07.update.shop.'.length);
    const keys = bindingKeysOf(`*.shop.${collection}`, [7]);
    for (const operation of DOCUMENT_OPERATIONS) {
      const key = routingKeyOf(7, `${operation}.shop.${collection}`);
      expect(keys.some((binding) => matchesPattern(binding, key))).toBe(true);
    }
  });

  it('matches exactly the keys of the events that the pattern matches', () => {
    fc.assert(
      fc.property(
        eventAndPattern,
        fc.nat({ max: 63 }),
        fc.uniqueArray(fc.nat({ max: 63 })),
        (sample, bucket, buckets) => {
          const { event, pattern } = sample;
          const isControl = isControlOperation(event.split('.')[0] ?? '');
          const key = routingKeyOf(isControl ? undefined : bucket, event);
          const keys = bindingKeysOf(pattern, buckets);
          const found = keys.some((binding) => matchesPattern(binding, key));
          const wanted = matchesPattern(pattern, event) && (isControl || buckets.includes(bucket));
          // A shortened key shows no name: wildcards in names get it too, and consumers match the body's pattern.
          if (key.includes('~') || pattern.length > 240) expect(found || !wanted).toBe(true);
          else expect(found).toBe(wanted);
          for (const binding of keys) expect(Buffer.byteLength(binding)).toBeLessThanOrEqual(MAX_KEY_BYTES);
          expect(new Set(keys).size).toBe(keys.length);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('matches the shortened key of an over-long collection by its literal name, and no other one', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...DOCUMENT_OPERATIONS, 'drop', '*'),
        fc.constantFrom('shop', '*'),
        (operation, db) => {
          const keys = bindingKeysOf(`${operation}.${db}.${LONG}`, [7]);
          const event = operation === '*' ? 'insert' : operation;
          const key = (collection: string) =>
            routingKeyOf(event === 'drop' ? undefined : 7, `${event}.shop.${collection}`);
          expect(keys.some((binding) => matchesPattern(binding, key(LONG)))).toBe(true);
          expect(keys.some((binding) => matchesPattern(binding, key(`${LONG}d`)))).toBe(false);
        },
      ),
    );
  });
});

const words = fc.constantFrom('shop', 'orders', 'eu', 'insert', 'drop', '07', LONG, 'd'.repeat(235));
const operations = fc.constantFrom(
  'insert',
  'update',
  'replace',
  'delete',
  'read',
  'drop',
  'rename',
  'dropDatabase',
  'gap',
);
/** An event and a pattern that was made from it by wildcards and other words, so that it often matches. */
const eventAndPattern = fc
  .tuple(operations, fc.constantFrom('shop', 'insert', 'drop'), fc.array(words, { minLength: 1, maxLength: 3 }))
  .chain(([operation, db, collection]) => {
    const event = [operation, db, ...collection];
    const replacement = fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 3, arbitrary: fc.constantFrom('*', '#') },
      { weight: 1, arbitrary: words },
    );
    const replacements = fc.array(replacement, { minLength: event.length, maxLength: event.length });
    return fc.tuple(replacements, fc.nat({ max: event.length }), fc.boolean()).map(([changes, cut, closes]) => {
      const changed = event.map((word, index) => changes[index] ?? word);
      return { event: event.join('.'), pattern: (closes ? [...changed.slice(0, cut), '#'] : changed).join('.') };
    });
  });
