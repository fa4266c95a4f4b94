import { expect, it, onTestFinished } from 'vitest';
import { aRunningSystem, RunningSystem } from '../harness/running.system.js';

it('operations, namespaces and a pipeline of the user keep out what they should', async () => {
  const prepared = await RunningSystem.prepare();
  const { database } = prepared;
  await prepared.stop();
  const system = await aRunningSystem({
    stream: {
      scope: { deployment: true },
      operations: ['insert', 'delete'],
      namespaces: { include: [`${database}.*`], exclude: [`${database}.audit`] },
      pipeline: [{ $match: { $or: [{ operationType: 'delete' }, { 'fullDocument.total': { $gte: 10 } }] } }],
    },
  });
  onTestFinished(() => system.stop());
  const db = system.client.db(database);
  onTestFinished(async () => {
    await db.dropDatabase();
  });
  await db.collection<{ _id: number; total: number }>('orders').insertMany([
    { _id: 1, total: 5 },
    { _id: 2, total: 10 },
  ]);
  await db.collection<{ _id: number; total: number }>('audit').insertOne({ _id: 3, total: 99 });
  await system.client
    .db(`${database}_other`)
    .collection<{ _id: number; total: number }>('orders')
    .insertOne({ _id: 4, total: 99 });
  await db.collection<{ _id: number }>('orders').updateOne({ _id: 2 }, { $set: { total: 11 } });
  await db.collection<{ _id: number }>('orders').deleteOne({ _id: 1 });
  // The last change that passes: what was kept out would have come before it.
  await db.collection<{ _id: number; total: number }>('orders').insertOne({ _id: 5, total: 50 });

  await system.handledAll(3);
  const changes = system.handled.changes.map(({ operation, namespace, key }) => [operation, namespace, key]);
  // In order per document only: each may come by another partition.
  expect(changes.sort(([, , one = ''], [, , other = '']) => one.localeCompare(other))).toEqual([
    ['delete', `${database}.orders`, '{"$numberInt":"1"}'],
    ['insert', `${database}.orders`, '{"$numberInt":"2"}'],
    ['insert', `${database}.orders`, '{"$numberInt":"5"}'],
  ]);
  await system.client.db(`${database}_other`).dropDatabase();
  const warning = system.producer.lines.find(({ msg }) => msg?.includes('drops every delete'));
  expect(warning?.msg).toContain('fullDocument.total');
});
