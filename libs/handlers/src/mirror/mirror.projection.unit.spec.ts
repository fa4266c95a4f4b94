import { Injectable } from '@nestjs/common';
import { positionKey, type BsonDocument, type ChangeEvent } from '@sluice/contracts';
import { anInsert, anUpdate } from '@sluice/testing';
import type { Collection } from 'mongodb';
import { afterEach, expect, it, vi } from 'vitest';
import { aDelivery, anApplication } from '../fixtures.spec.js';
import { MemoryMirrorStore } from './memory-mirror.store.fixture.spec.js';
import { MirrorProjection } from './mirror.projection.js';
import { MongoMirrorStore } from './mongo-mirror.store.js';

afterEach(() => vi.restoreAllMocks());

@Injectable()
class OrdersMirror extends MirrorProjection.of({ from: 'shop.orders', maxEvents: 4 }) {
  constructor() {
    super(() => ({ db: { collection: () => undefined } }) as unknown as Collection); // only its store is asked
  }
}

it('names the first and the last update of documents that nobody has, and how many they are', async () => {
  const store = new MemoryMirrorStore() as unknown as MongoMirrorStore; // does what a mirror asks of it
  vi.spyOn(MongoMirrorStore, 'open').mockResolvedValue(store);
  const { dispatcher, logger } = await anApplication({ providers: [OrdersMirror] });
  const gone = (id: number) =>
    anUpdate<BsonDocument>('shop.orders', id, { updatedFields: { a: 1 }, fullDocument: null });
  const [first, last] = [gone(2), gone(3)];
  const events: ChangeEvent[] = [anInsert('shop.orders', { _id: 1 }), first, last, anInsert('shop.orders', { _id: 4 })];
  const results = await Promise.all(events.map((event) => dispatcher.dispatch(event, aDelivery())));
  for (const { batched } of results) expect(await batched).toEqual([]);
  const named = ({ id, stream, position }: ChangeEvent) => ({ eventId: id, stream, position: positionKey(position) });
  expect(logger.lines).toMatchObject([
    { level: 'warn', fields: { ...named(first), last: named(last), unknown: 2, events: 4 } },
  ]);
});
