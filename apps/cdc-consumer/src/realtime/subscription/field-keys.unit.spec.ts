import { Decimal128, Long, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { equalityTerms } from './equality-term.js';
import { keysAt } from './field-keys.js';

const ID = '65a1b2c3d4e5f60718293a4b';

function matches(document: unknown, wanted: Parameters<typeof equalityTerms>[0]): boolean {
  return equalityTerms(wanted).every(({ parts, key }) => keysAt(document, parts).includes(key));
}

describe('equality on a field', () => {
  it.each<[string, unknown, string, unknown, boolean]>([
    ['a field', { status: 'open' }, 'status', 'open', true],
    ['another value', { status: 'open' }, 'status', 'closed', false],
    ['a number by its value', { n: Long.fromNumber(5) }, 'n', 5, true],
    ['a decimal by its value', { n: Decimal128.fromString('5.0') }, 'n', 5, true],
    ['a number is no text', { n: 5 }, 'n', '5', false],
    ['an ObjectId', { by: new ObjectId(ID) }, 'by', { $oid: ID }, true],
    ['a date', { at: new Date(5) }, 'at', { $date: '1970-01-01T00:00:00.005Z' }, true],
    ['a path', { a: { b: { c: 1 } } }, 'a.b.c', 1, true],
    ['an element of an array', { tags: ['x', 'y'] }, 'tags', 'y', true],
    ['an array as a whole', { tags: ['x', 'y'] }, 'tags', ['x', 'y'], true],
    ['an array in another order', { tags: ['x', 'y'] }, 'tags', ['y', 'x'], false],
    ['no element of an element', { tags: [['x']] }, 'tags', 'x', false],
    ['documents of an array', { items: [{ sku: 1 }, { sku: 2 }] }, 'items.sku', 2, true],
    ['an array within documents of an array', { items: [{ tags: ['a'] }, { tags: ['b'] }] }, 'items.tags', 'b', true],
    ['an index', { items: [{ sku: 1 }, { sku: 2 }] }, 'items.1.sku', 2, true],
    ['another index', { items: [{ sku: 1 }, { sku: 2 }] }, 'items.0.sku', 2, false],
    ['a name that is a number', { items: { 0: 'a' } }, 'items.0', 'a', true],
    ['a document as a whole', { a: { b: 1, c: 2 } }, 'a', { b: 1, c: 2 }, true],
    ['a document with its fields in another order', { a: { c: 2, b: 1 } }, 'a', { b: 1, c: 2 }, false],
    ['null for null', { a: null }, 'a', null, true],
    ['null for a missing field', {}, 'a', null, true],
    ['null for a path that ends early', { a: 5 }, 'a.b', null, true],
    ['null where one document of an array lacks it', { a: [{ b: 1 }, {}] }, 'a.b', null, true],
    ['no null in an array of values', { a: [1, 2] }, 'a.b', null, false],
    ['nothing that is inherited', {}, 'constructor', null, true],
  ])('is as in a MongoDB query: %s', (_, document, path, value, isMatch) => {
    expect(matches(document, { [path]: value as never })).toBe(isMatch);
  });

  it.each([
    [{ $gt: 5 }, /operator \$gt/],
    [{ $oid: 'short' }, /\$oid/],
    [{ $regularExpression: { pattern: 'a', options: '' } }, /regular expression/],
  ])('is all there is: %j is refused', (value, message) => {
    const attempt = () => equalityTerms({ a: value });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'SLUICE-REALTIME-WHERE-INVALID' }));
  });
});
