import { MirrorProjection, MIRROR_FIELD, type MirrorTarget } from '@sluice/handlers';
import { aDrop, aGap, anInsert, anUpdate, eventually } from '@sluice/testing';
import type { Collection } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InProcessProducer } from '../harness/in-process.producer.js';
import { VersionWatch, type Versioned } from '../harness/version.watch.js';
import { ConsumerSystem } from './consumer/consumer-system.js';

interface ListHolder {
  readonly _id: number;
  readonly list: unknown[];
}

const DOCUMENTS = 20;

describe('a mirror', () => {
  let producer: InProcessProducer;
  let system: ConsumerSystem;
  let source: Collection<Versioned>;
  let copy: Collection<Versioned>;
  beforeEach(async () => {
    producer = await InProcessProducer.prepare();
    system = await ConsumerSystem.open({ exchange: producer.exchange, stateDb: `${producer.name}_state` });
    source = producer.db.collection<Versioned>('orders');
    copy = producer.mongo.db(`${producer.name}_copy`).collection<Versioned>('orders');
  });
  afterEach(async () => {
    await system.close();
    await copy.db.dropDatabase();
    await producer.stop();
  });

  const target: MirrorTarget = () => copy as unknown as Collection; // of documents of any shape
  const mirrorClass = (from = `${producer.database}.orders`) => {
    class OrdersMirror extends MirrorProjection.of({ from, maxWaitMs: 10 }) {}
    return OrdersMirror;
  };
  const differences = async (mirror: MirrorProjection) =>
    (await mirror.equalsSource(source as unknown as Collection)).differences;
  const untilEqual = (mirror: MirrorProjection) =>
    eventually(async () => (await source.countDocuments()) > 0 && (await differences(mirror)).length === 0, {
      timeoutMs: 40_000,
    });

  /** Every kind of change; the version of a document only ever grows. */
  async function change(rounds: number, from = 1): Promise<void> {
    for (let version = from; version < from + rounds; version++) {
      for (let _id = 0; _id < DOCUMENTS; _id++) {
        const kind = (version + _id) % 5;
        if (kind === 0) await source.deleteOne({ _id });
        else if (kind === 1)
          await source.replaceOne({ _id }, { version, list: [1, { deep: version }] }, { upsert: true });
        else await source.updateOne({ _id }, { $set: { version, [`f${kind}`]: version } }, { upsert: true });
      }
    }
  }

  it('is equal to its source, and no document ever went back, with two replicas that are cut off and stopped', async () => {
    const OrdersMirror = mirrorClass();
    const [first, second] = [new OrdersMirror(target), new OrdersMirror(target)];
    const dying = await system.consumer({ handlers: [first] });
    await system.consumer({ handlers: [second] });
    await producer.start({ fullDocument: 'updateLookup' });
    await producer.running();
    const watch = new VersionWatch(copy);
    await change(6);
    system.gate.cut();
    await change(6, 7);
    await dying.stop();
    await change(6, 13);
    await untilEqual(second);
    await watch.stop();
    expect(watch.looks).toBeGreaterThan(0);
    expect(watch.wentBack).toEqual([]);
    expect(await second.status()).toMatchObject({ refused: 0, gaps: [] });
    expect(await system.broker.deadLetter(system.group)).toBeUndefined();
  });

  it('keeps up without look-ups, by what each update changed', async () => {
    const OrdersMirror = mirrorClass();
    const mirror = new OrdersMirror(target);
    await system.consumer({ handlers: [mirror] });
    await producer.start({ fullDocument: 'default' });
    await producer.running();
    await change(4);
    await source.updateOne({ _id: 1 }, { $set: { version: 9, list: [1, 2, 3], 'deep.er': 1 } }, { upsert: true });
    await source.updateOne({ _id: 1 }, { $set: { 'list.1': 5 }, $unset: { deep: '' } });
    await producer.db
      .collection<ListHolder>('orders')
      .updateOne({ _id: 1 }, { $push: { list: { $each: [], $slice: 2 } } });
    await untilEqual(mirror);
    expect((await mirror.status()).refused).toBe(0);
  });

  it('begins anew with a collection that is dropped and made again, and lets nothing old back in', async () => {
    const OrdersMirror = mirrorClass();
    const mirror = new OrdersMirror(target);
    await system.consumer({ handlers: [mirror] });
    await producer.start();
    await producer.running();
    await change(3);
    await untilEqual(mirror);
    await source.drop();
    await source.insertOne({ _id: 100, version: 1 });
    await eventually(async () => (await copy.countDocuments()) === 1, { timeoutMs: 30_000 });
    expect(await differences(mirror)).toEqual([]);
  });

  it('tells what it lacks: a gap, and documents that a rename brings, until it is said to be complete', async () => {
    const OrdersMirror = mirrorClass('shop.orders');
    const mirror = new OrdersMirror(target);
    const consumer = await system.consumer({ handlers: [mirror] });
    await system.broker.publish(
      anInsert('shop.orders', { _id: 1, version: 1 }),
      aGap(new Date(0), new Date(1_000)),
      anUpdate('shop.orders', 2, { updatedFields: { a: 1 }, fullDocument: null }),
      anUpdate('shop.orders', 3, { updatedFields: { a: 1 } }),
    );
    await eventually(async () => (await mirror.status()).gaps.length === 1, { timeoutMs: 30_000 });
    await eventually(async () => (await consumer.group()).counters.deadLettered === 1);
    expect(await mirror.status()).toMatchObject({
      gaps: [{ reason: 'gap', from: new Date(0), to: new Date(1_000) }],
      unknown: 1,
    });
    const counted = { written: 1, repeated: 0, overtaken: 0, belowFloor: 0, unknown: 1, refused: 1 };
    expect((await consumer.group()).mirrors).toEqual([{ name: 'OrdersMirror', from: 'shop.orders', ...counted }]);
    await mirror.markComplete();
    expect((await mirror.status()).gaps).toEqual([]);
    const letter = await system.broker.deadLetter(system.group);
    expect(letter?.properties.headers).toMatchObject({
      'x-sluice-dead-letter-error-name': 'MirrorDocumentUnknownError',
    });
    await system.broker.publish(aDrop('shop.orders'));
    await eventually(async () => (await copy.countDocuments()) === 0);
  });

  it('names the documents in which it is not equal to its source', async () => {
    const OrdersMirror = mirrorClass();
    const mirror = new OrdersMirror(target);
    await source.insertMany([
      { _id: 1, version: 1 },
      { _id: 2, version: 1 },
    ]);
    await copy.insertMany([
      { _id: 2, version: 2, [MIRROR_FIELD]: { position: '1' } },
      { _id: 3, version: 1 },
    ]);
    expect((await differences(mirror)).map(({ id, kind }) => [id, kind])).toEqual([
      [1, 'missing'],
      [2, 'different'],
      [3, 'extra'],
    ]);
  });
});
