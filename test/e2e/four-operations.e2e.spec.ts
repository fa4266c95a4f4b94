import { Decimal128, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

let system: RunningSystem;
beforeAll(async () => {
  system = await aRunningSystem();
});
afterAll(() => system.stop());

it('insert, update, replace and delete of real documents reach the handlers, each once and in order', async () => {
  const orders = system.db.collection('orders.eu');
  const _id = new ObjectId();
  await orders.insertOne({ _id, total: Decimal128.fromString('12.50'), views: Long.fromNumber(1), at: new Date(0) });
  await orders.updateOne({ _id }, { $set: { total: Decimal128.fromString('13.00') }, $unset: { at: '' } });
  await orders.replaceOne({ _id }, { done: true });
  await orders.deleteOne({ _id });

  await system.handledAll(4);
  expect(system.handled.changes.map(({ operation, namespace, key }) => ({ operation, namespace, key }))).toEqual(
    ['insert', 'update', 'replace', 'delete'].map((operation) => ({
      operation,
      namespace: `${system.database}.orders.eu`,
      key: `{"$oid":"${_id.toHexString()}"}`,
    })),
  );
  expect(system.handled.disordered()).toEqual([]);
});
