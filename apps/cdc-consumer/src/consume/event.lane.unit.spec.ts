import { aDelete, aDrop, aGap, anInsert, anUpdate } from '@sluice/testing';
import { Decimal128, Double, Long, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { laneOf } from './event.lane.js';

describe("an event's lane", () => {
  it('is the same for every operation on a document, also when a shard key is in its document key', () => {
    const _id = new ObjectId();
    const lanes = [
      laneOf(anInsert('shop.orders', { _id })),
      laneOf(anUpdate('shop.orders', _id, {})),
      laneOf(aDelete('shop.orders', { _id, region: 'eu' }, { documentKey: { _id, region: 'eu' } })),
    ];
    expect(new Set(lanes).size).toBe(1);
  });

  it('is the same for ids that MongoDB takes for the same', () => {
    const ids = [1, Long.fromNumber(1), new Double(1), Decimal128.fromString('1.0')];
    expect(new Set(ids.map((_id) => laneOf(aDelete('shop.orders', _id)))).size).toBe(1);
  });

  it('differs by collection, by key, and by the type of the key', () => {
    const lanes = [
      laneOf(aDelete('shop.orders', 1)),
      laneOf(aDelete('shop.orders', '1')),
      laneOf(aDelete('shop.orders', Long.fromNumber(2 ** 53))),
      laneOf(aDelete('shop.orders', 2)),
      laneOf(aDelete('shop.customers', 1)),
    ];
    expect(new Set(lanes).size).toBe(lanes.length);
  });

  it('is one for all that concerns more than a document of a stream', () => {
    expect(laneOf(aDrop('shop.orders'))).toBe(laneOf(aGap(new Date(0), new Date(1))));
  });
});
