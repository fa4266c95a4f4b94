import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { updated } from './update-description.js';

describe('a document after an update that came without it', () => {
  const before = Object.freeze({ _id: 1, status: 'open', address: { city: 'Bern', zip: 3000 }, tags: ['a', 'b', 'c'] });

  it('has fields set and removed, at any depth', () => {
    const description = {
      updatedFields: { status: 'paid', 'address.city': 'Basel', 'ship.to.name': 'Ada' },
      removedFields: ['address.zip', 'nothing.here'],
    };
    expect(updated(before, description)).toEqual({
      _id: 1,
      status: 'paid',
      address: { city: 'Basel' },
      tags: ['a', 'b', 'c'],
      ship: { to: { name: 'Ada' } },
    });
  });

  it('has arrays cut before their elements are set, and nulls where elements were skipped or removed', () => {
    const truncatedArrays = [{ field: 'tags', newSize: 1 }];
    expect(updated(before, { truncatedArrays, updatedFields: { 'tags.0': 'z' } })).toMatchObject({ tags: ['z'] });
    expect(updated(before, { updatedFields: { 'tags.5': 'f' } })).toMatchObject({
      tags: ['a', 'b', 'c', null, null, 'f'],
    });
    expect(updated(before, { removedFields: ['tags.1'] })).toMatchObject({ tags: ['a', null, 'c'] });
    expect(updated(before, { truncatedArrays: [{ field: 'status', newSize: 0 }] })).toEqual(before);
  });

  it('leaves the one before as it is, and shares what has not changed', () => {
    const after = updated(before, { updatedFields: { 'address.city': 'Basel' } });
    expect(before.address.city).toBe('Bern');
    expect(after.tags).toBe(before.tags);
  });

  it('takes a field named like a property of every object for a field', () => {
    const after = updated({ _id: 1 }, { updatedFields: { ['__proto__.polluted']: 1, 'constructor.name': 'x' } });
    expect(Object.hasOwn(after, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(after).toMatchObject({ constructor: { name: 'x' } });
  });

  it('comes to the same however often a run of updates is applied: what was sent again does no harm', () => {
    const path = fc.constantFrom('a', 'b', 'c.x', 'c.y', 'd.x.z');
    const description = fc.record({ updatedFields: fc.dictionary(path, fc.nat(9)), removedFields: fc.array(path) });
    fc.assert(
      fc.property(fc.array(description, { minLength: 1, maxLength: 6 }), (descriptions) => {
        const once = descriptions.reduce<object>((document, each) => updated(document, each), { _id: 1 });
        expect(descriptions.reduce((document, each) => updated(document, each), once)).toEqual(once);
      }),
    );
  });
});
