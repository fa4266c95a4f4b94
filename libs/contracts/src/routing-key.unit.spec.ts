import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_KEY_BYTES, routingKeyOf } from './routing-key.js';

describe('routingKeyOf', () => {
  it('puts the bucket in front of a document event and nothing in front of a control event', () => {
    expect(routingKeyOf(7, 'insert.shop.orders.eu')).toBe('07.insert.shop.orders.eu');
    expect(routingKeyOf(undefined, 'drop.shop.orders')).toBe('drop.shop.orders');
  });

  it('keeps a key of 255 bytes and shortens one of 256, counted as UTF-8', () => {
    const fitting = '07.insert.shop.' + 'ä'.repeat(120);
    expect(Buffer.byteLength(fitting)).toBe(255);
    expect(routingKeyOf(7, fitting.slice(3))).toBe(fitting);
    expect(routingKeyOf(7, `${fitting.slice(3)}b`)).toMatch(/^07\.insert\.shop\.~\.[0-9a-f]{32}$/);
    expect(routingKeyOf(undefined, `drop.shop.${'c'.repeat(250)}`)).toMatch(/^drop\.shop\.~\.[0-9a-f]{32}$/);
  });

  it('shortens a collection to the same words in every version', () => {
    expect(routingKeyOf(0, `insert.shop.${'c'.repeat(250)}`)).toBe('00.insert.shop.~.b31bdc6c1e222c18312c98cdaf932c3b');
  });

  it('always fits, and tells collections apart', () => {
    const collections = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), {
      minLength: 2,
      maxLength: 5,
    });
    fc.assert(
      fc.property(collections, fc.nat({ max: 63 }), (names, bucket) => {
        const keys = names.map((name) => routingKeyOf(bucket, `replace.${'d'.repeat(63)}.${name}`));
        expect(new Set(keys).size).toBe(names.length);
        for (const key of keys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(MAX_KEY_BYTES);
      }),
    );
  });
});
