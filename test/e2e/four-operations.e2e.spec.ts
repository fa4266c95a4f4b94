import type { ChangeEvent } from '@sluice/contracts';
import { Decimal128, Long, ObjectId, Timestamp } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

let system: RunningSystem;
beforeAll(async () => {
  system = await aRunningSystem();
});
afterAll(() => system.stop());

const _id = new ObjectId();
const order = {
  _id,
  total: Decimal128.fromString('12.50'),
  views: new Long(1),
  at: new Date(0),
  lines: [{ sku: 'a' }],
};

it('insert, update, replace and delete reach the handler once, in order and in the right shape', async () => {
  const orders = system.db.collection('orders.eu');
  await orders.insertOne(order);
  await orders.updateOne({ _id }, { $set: { total: Decimal128.fromString('13.00') }, $unset: { at: '' } });
  await orders.replaceOne({ _id }, { done: true });
  await orders.deleteOne({ _id });
  await system.handledAll(4);

  const [inserted, updated, replaced, deleted, ...more] = system.handled.changes.map(({ event }) => event);
  expect(more).toEqual([]);
  expect(system.handled.disordered()).toEqual([]);
  expect(inserted).toMatchObject({ operation: 'insert', documentKey: { _id }, fullDocument: order });
  expect(updated).toMatchObject({
    operation: 'update',
    documentKey: { _id },
    updateDescription: { updatedFields: { total: Decimal128.fromString('13.00') }, removedFields: ['at'] },
  });
  expect(replaced).toMatchObject({ operation: 'replace', documentKey: { _id }, fullDocument: { _id, done: true } });
  expect(deleted).toMatchObject({ operation: 'delete', documentKey: { _id } });
  expect(deleted).not.toHaveProperty('fullDocument');
  for (const event of [inserted, updated, replaced, deleted]) expectEnvelope(event);
});

function expectEnvelope(event: ChangeEvent | undefined): void {
  expect(event).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    stream: 'main',
    ns: { db: system.database, coll: 'orders.eu' },
    wallTime: expect.any(Date) as Date,
    source: { snapshot: false, capturedAt: expect.any(Date) as Date },
  });
  expect(event?.position.clusterTime).toBeInstanceOf(Timestamp);
}
