import { Long, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changeEventSchema } from '../change-event.js';
import { isOrdinaryDocumentEvent } from './document-event.check.js';

const document = { _id: new ObjectId(), total: 12.5, tags: ['a'] };
const base = {
  id: 'a1',
  stream: 'shop',
  ns: { db: 'shop', coll: 'orders' },
  documentKey: { _id: document._id },
  position: { clusterTime: new Timestamp({ t: 1, i: 2 }), generation: 0, ordinal: 3 },
  source: { resumeToken: { _data: '82' }, epoch: 4, snapshot: false, capturedAt: new Date(5) },
  schemaVersion: 1,
};
const updateDescription = { updatedFields: { total: 1 }, removedFields: ['tags'], truncatedArrays: [] };
const ordinary: readonly Record<string, unknown>[] = [
  { ...base, operation: 'insert', fullDocument: document, wallTime: new Date(6) },
  { ...base, operation: 'replace', fullDocument: document },
  { ...base, operation: 'update', fullDocument: null, updateDescription },
  { ...base, operation: 'update', fullDocument: document, updateDescription },
  { ...base, operation: 'delete' },
];

it.each(ordinary)('takes an ordinary $operation without the schema', (event) => {
  expect(isOrdinaryDocumentEvent(event)).toBe(true);
  expect(changeEventSchema.parse(event)).toEqual(event);
});

const odd = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'text', -1, 1.5, 2 ** 60, Number.NaN, true, [], {}, [1], { _id: 1 }),
  fc.constantFrom<unknown>(new Date(0), new Date(Number.NaN), new Timestamp({ t: 9, i: 9 }), Long.fromNumber(1)),
  fc.constantFrom<unknown>({ db: 'a' }, { db: '', coll: 'c' }, updateDescription, { updatedFields: {}, extra: 1 }),
  fc.constantFrom<unknown>('insert', 'update', 'replace', 'delete', 'drop', 'gap', 'read', 1),
);
const NAMES = [...Object.keys(base), 'operation', 'fullDocument', 'wallTime', 'updateDescription'];
const path = fc.oneof(
  fc.constantFrom(...NAMES, 'transaction', 'omitted', 'fullDocumentBeforeChange', 'unknown').map((name) => [name]),
  fc.constantFrom(['ns', 'db'], ['ns', 'coll'], ['ns', 'more'], ['position', 'ordinal'], ['position', 'clusterTime']),
  fc.constantFrom(['position', 'generation'], ['position', 'more'], ['source', 'epoch'], ['source', 'capturedAt']),
  fc.constantFrom(['source', 'resumeToken'], ['source', 'snapshot'], ['source', 'more'], ['documentKey', '_id']),
  fc.constantFrom(['updateDescription', 'removedFields'], ['updateDescription', 'updatedFields']),
);
const change = fc.record({ path, value: odd, isRemoved: fc.boolean() });

function changed(event: unknown, [name, ...rest]: readonly string[], value: unknown, isRemoved: boolean): unknown {
  if (name === undefined) return value;
  const fields = typeof event === 'object' && event !== null ? { ...event } : {};
  if (rest.length === 0 && isRemoved) return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
  const inner = changed((fields as Record<string, unknown>)[name], rest, value, isRemoved);
  return { ...fields, [name]: inner };
}

it('says yes to nothing that the schema would refuse or answer otherwise, whatever is changed in an event', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ordinary), fc.array(change, { minLength: 1, maxLength: 3 }), (event, changes) => {
      const value = changes.reduce<unknown>((so, each) => changed(so, each.path, each.value, each.isRemoved), event);
      if (!isOrdinaryDocumentEvent(value)) return;
      const parsed = changeEventSchema.safeParse(value);
      expect(parsed.error).toBeUndefined();
      expect(parsed.data).toEqual(value);
    }),
    { numRuns: 5_000 },
  );
});
