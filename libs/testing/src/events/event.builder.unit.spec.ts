import { Long, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { changeEventSchema, comparePositions } from '@sluice/contracts';
import { EventBuilder } from './event.builder.js';

function oneOfEach(builder: EventBuilder) {
  return [
    builder.anInsert('shop.orders', { total: 5 }),
    builder.anUpdate('shop.orders', 1, { updatedFields: { total: 6 }, removedFields: ['note'] }),
    builder.aReplace('shop.orders', { _id: 1, total: 7 }),
    builder.aDelete('shop.orders', 1),
    builder.aRead('shop.orders', { _id: 2 }),
    builder.aDrop('shop.orders'),
    builder.aDropDatabase('shop'),
    builder.aRename('shop.orders', 'shop.archive.2025'),
    builder.anInvalidate('shop.orders'),
    builder.aGap(new Date(0), new Date(1000)),
  ];
}

describe('the event builder', () => {
  it('makes events of every operation that keep to the schema', () => {
    const events = oneOfEach(new EventBuilder());
    for (const event of events) expect(() => changeEventSchema.parse(event)).not.toThrow();
    expect(new Set(events.map(({ operation }) => operation)).size).toBe(changeEventSchema.options.length);
  });

  it('gives each event an id of its own and a later position than the one before', () => {
    const events = oneOfEach(new EventBuilder());
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    for (const [index, event] of events.slice(1).entries()) {
      expect(comparePositions(events[index]?.position ?? event.position, event.position)).toBeLessThan(0);
    }
  });

  it('makes the same events again on a new builder, others for another stream', () => {
    expect(oneOfEach(new EventBuilder())).toEqual(oneOfEach(new EventBuilder()));
    const [other] = oneOfEach(new EventBuilder({ stream: 'other' }));
    expect(other?.id).not.toBe(new EventBuilder().anInsert('shop.orders', {}).id);
  });

  it('gives a document without an _id an ObjectId, and keeps one that it has', () => {
    const { fullDocument, documentKey } = new EventBuilder().anInsert('shop.orders', { total: 5 });
    expect(fullDocument._id).toBeInstanceOf(ObjectId);
    expect(documentKey).toEqual({ _id: fullDocument._id });
    expect(new EventBuilder().anInsert('shop.orders', { _id: 'a' }).documentKey).toEqual({ _id: 'a' });
  });

  it('takes an _id or a whole document key', () => {
    const builder = new EventBuilder();
    const id = new ObjectId();
    expect(builder.aDelete('shop.orders', id).documentKey).toEqual({ _id: id });
    expect(builder.aDelete('shop.orders', Long.fromNumber(5)).documentKey).toEqual({ _id: Long.fromNumber(5) });
    expect(builder.aDelete('shop.orders', { _id: 1, region: 'eu' }).documentKey).toEqual({ _id: 1, region: 'eu' });
    expect(builder.aDelete('shop.orders', { region: 'eu' }).documentKey).toEqual({ _id: { region: 'eu' } });
  });

  it('lets any field be overridden', () => {
    const event = new EventBuilder().anUpdate('shop.orders', 1, { updatedFields: {} }, { id: 'mine', stream: 'shop' });
    expect(event).toMatchObject({ id: 'mine', stream: 'shop', operation: 'update' });
  });
});
