import { BSON, DBRef, ObjectId } from 'bson';
import { expect, it } from 'vitest';
import { documentOf } from './codec/bson-value.js';
import { isDocument, isFields } from './fields.js';

it.each<[string, unknown, boolean, boolean]>([
  ['an object', { a: 1 }, true, true],
  ['an object without a prototype', Object.create(null), true, true],
  ['a document that looks like a DBRef', documentOf(BSON.serialize({ _id: 1, $ref: 'a', $id: 2 })), false, true],
  ['a DBRef', new DBRef('a', new ObjectId()), false, true],
  ['an ObjectId', new ObjectId(), false, true],
  ['an array', [], false, false],
  ['null', null, false, false],
  ['text', 'a', false, false],
])('%s: is it plain fields, and may it stand for a document?', (_what, value, areFields, mayBeDocument) => {
  expect([isFields(value), isDocument(value)]).toEqual([areFields, mayBeDocument]);
});
