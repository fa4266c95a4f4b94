import { MIRROR_FIELD } from '@sluice/handlers';
import { aDrop, aGap, anInsert, anUpdate, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MirrorSystem } from './consumer/mirror-system.js';
import { VersionWatch } from '../harness/version.watch.js';

interface ListHolder {
  readonly _id: number;
  readonly list: unknown[];
}

describe('a mirror', () => {
  let system: MirrorSystem;
  beforeEach(async () => {
    system = await MirrorSystem.open();
  });
  afterEach(() => system.close());

  it('is equal to its source, and no document ever went back, with two replicas that are cut off and stopped', async () => {
    const { consumer: dying } = await system.mirror();
    const { mirror: second } = await system.mirror();
    await system.capture({ fullDocument: 'updateLookup' });
    const watch = new VersionWatch(system.copy);
    await system.change(6);
    system.consumers.gate.cut();
    await system.change(6, 7);
    await dying.stop();
    await system.change(6, 13);
    await system.untilEqual(second);
    await watch.stop();
    expect(watch.looks).toBeGreaterThan(0);
    expect(watch.wentBack).toEqual([]);
    expect(await second.status()).toMatchObject({ refused: 0, gaps: [] });
    expect(await system.consumers.broker.deadLetter(system.consumers.group)).toBeUndefined();
  });

  it('keeps up without look-ups, by what each update changed', async () => {
    const { mirror } = await system.mirror();
    await system.capture({ fullDocument: 'default' });
    const { source, producer } = system;
    await system.change(4);
    await source.updateOne({ _id: 1 }, { $set: { version: 9, list: [1, 2, 3], 'deep.er': 1 } }, { upsert: true });
    await source.updateOne({ _id: 1 }, { $set: { 'list.1': 5 }, $unset: { deep: '' } });
    await producer.db
      .collection<ListHolder>('orders')
      .updateOne({ _id: 1 }, { $push: { list: { $each: [], $slice: 2 } } });
    await system.untilEqual(mirror);
    expect((await mirror.status()).refused).toBe(0);
  });

  it('begins anew with a collection that is dropped and made again, and lets nothing old back in', async () => {
    const { mirror } = await system.mirror();
    await system.capture();
    await system.change(3);
    await system.untilEqual(mirror);
    await system.source.drop();
    await system.source.insertOne({ _id: 100, version: 1 });
    await eventually(async () => (await system.copy.countDocuments()) === 1);
    expect(await system.differences(mirror)).toEqual([]);
  });

  it('tells what it lacks: a gap, and documents that a rename brings, until it is said to be complete', async () => {
    const { mirror, consumer } = await system.mirror({ from: 'shop.orders' });
    const { broker, group } = system.consumers;
    await broker.publish(
      anInsert('shop.orders', { _id: 1, version: 1 }),
      aGap(new Date(0), new Date(1_000)),
      anUpdate('shop.orders', 2, { updatedFields: { a: 1 }, fullDocument: null }),
      anUpdate('shop.orders', 3, { updatedFields: { a: 1 } }),
    );
    await eventually(async () => (await mirror.status()).gaps.length === 1);
    await eventually(async () => (await consumer.group()).counters.deadLettered === 1);
    expect(await mirror.status()).toMatchObject({
      gaps: [{ reason: 'gap', from: new Date(0), to: new Date(1_000) }],
      unknown: 1,
    });
    const counted = { written: 1, repeated: 0, overtaken: 0, belowFloor: 0, unknown: 1, refused: 1 };
    expect((await consumer.group()).mirrors).toEqual([{ name: 'OrdersMirror', from: 'shop.orders', ...counted }]);
    await mirror.markComplete();
    expect((await mirror.status()).gaps).toEqual([]);
    const letter = await broker.deadLetter(group);
    expect(letter?.properties.headers).toMatchObject({
      'x-sluice-dead-letter-error-name': 'MirrorDocumentUnknownError',
    });
    await broker.publish(aDrop('shop.orders'));
    await eventually(async () => (await system.copy.countDocuments()) === 0);
  });

  it('names the documents in which it is not equal to its source', async () => {
    const { mirror } = await system.mirror();
    await system.source.insertMany([
      { _id: 1, version: 1 },
      { _id: 2, version: 1 },
    ]);
    await system.copy.insertMany([
      { _id: 2, version: 2, [MIRROR_FIELD]: { position: '1' } },
      { _id: 3, version: 1 },
    ]);
    expect((await system.differences(mirror)).map(({ id, kind }) => [id, kind])).toEqual([
      [1, 'missing'],
      [2, 'different'],
      [3, 'extra'],
    ]);
  });
});
