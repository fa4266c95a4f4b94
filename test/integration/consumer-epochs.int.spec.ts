import type { ChangeEvent } from '@sluice/contracts';
import { EventBuilder, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

describe('events of a producer that has lost its stream', () => {
  let system: ConsumerSystem;
  const builder = new EventBuilder();
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  /** A change as the producer of this epoch sends it. */
  function ofEpoch(epoch: number, version: number, _id = 1, stream = 'test'): ChangeEvent<object> {
    const event = builder.aReplace('shop.orders', { _id, version });
    return { ...event, stream, source: { ...event.source, epoch } };
  }
  const fencedBy = async (consumer: TestConsumer) => (await consumer.group()).counters.fenced;

  it('are kept out and counted once a newer epoch was seen, also for other documents, and in no other stream', async () => {
    const handler = new RecordingHandler();
    const consumer = await system.consumer({ handlers: [handler], env: { PARTITIONS: '1' } });
    await system.broker.publish(ofEpoch(1, 1), ofEpoch(2, 2), ofEpoch(1, 3), ofEpoch(1, 4, 7), ofEpoch(2, 5));
    await system.broker.publish(ofEpoch(1, 6, 8, 'crm'));
    await eventually(() => handler.versionsOf(8).length === 1);
    await eventually(() => handler.versionsOf(1).includes(5));
    expect(handler.versionsOf(1)).toEqual([1, 2, 5]);
    expect(handler.versionsOf(7)).toEqual([]);
    expect(await fencedBy(consumer)).toBe(2);
  });

  it('are kept out by the replica that takes the partition over, which has seen no newer one itself', async () => {
    const first = await system.consumer({ handlers: [new RecordingHandler()], env: { PARTITIONS: '1' } });
    await system.broker.publish(ofEpoch(2, 1));
    await eventually(async () => (await first.group()).counters.handled === 1);
    await first.stop();
    const handler = new RecordingHandler();
    const second = await system.consumer({ handlers: [handler], env: { PARTITIONS: '1' } });
    await system.broker.publish(ofEpoch(1, 2), ofEpoch(2, 3));
    await eventually(() => handler.versionsOf(1).includes(3));
    expect(handler.versionsOf(1)).toEqual([3]);
    expect(await fencedBy(second)).toBe(1);
  });

  it('are kept out by queues of a new number of partitions, which have seen nothing themselves', async () => {
    const handler = new RecordingHandler();
    const consumer = await system.consumer({ handlers: [handler], env: { PARTITIONS: '1' } });
    await system.broker.publish(ofEpoch(2, 1));
    await eventually(() => handler.versionsOf(1).length === 1);
    await consumer.put('/api/v1/groups/mirror', { partitions: 2, by: 'ann', reason: 'more load' });
    await eventually(async () => {
      const { partitions, next } = await consumer.group();
      return partitions === 2 && next === null;
    });
    await system.broker.publish(...[1, 2, 3, 4].map((_id) => ofEpoch(1, 2, _id)));
    await system.broker.publish(...[1, 2, 3, 4].map((_id) => ofEpoch(2, 3, _id)));
    await eventually(() => [1, 2, 3, 4].every((_id) => handler.versionsOf(_id).includes(3)));
    expect([1, 2, 3, 4].map((_id) => handler.versionsOf(_id))).toEqual([[1, 3], [3], [3], [3]]);
    expect(await fencedBy(consumer)).toBe(4);
  });

  it('are handled where they come in their order, though their channel is lost while the next epoch waits', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const handler = new RecordingHandler(({ version }) => (version === 1 ? finished : undefined));
    const consumer = await system.consumer({ handlers: [handler], env: { PARTITIONS: '1' } });
    await system.broker.publish(ofEpoch(1, 1), ofEpoch(1, 2), ofEpoch(2, 3), ofEpoch(2, 4, 7));
    await eventually(async () => (await consumer.group()).counters.received === 4);
    system.gate.cut();
    await eventually(async () => (await consumer.group()).counters.received === 8);
    expect(handler.versionsOf(7)).toEqual([]); // it would be saved that epoch 2 was seen
    finish();
    await eventually(() => handler.versionsOf(7).includes(4));
    expect(handler.versionsOf(1).slice(-3)).toEqual([1, 2, 3]);
    expect(await fencedBy(consumer)).toBe(0);
  });

  it('do not concern what came by another way than the streams’ exchange, nor what has no epoch', async () => {
    const handler = new RecordingHandler();
    const consumer = await system.consumer({ handlers: [handler], env: { PARTITIONS: '1' } });
    await system.broker.publish(ofEpoch(2, 1));
    await system.broker.publishTo(system.queue(0), ...system.broker.messageOf(ofEpoch(1, 2)));
    const [body, { headers: _, ...foreign }] = system.broker.messageOf(ofEpoch(1, 3));
    await system.broker.publishTo(system.queue(0), body, foreign);
    await eventually(() => handler.versionsOf(1).includes(3));
    expect(handler.versionsOf(1)).toEqual([1, 2, 3]);
    expect(await fencedBy(consumer)).toBe(0);
  });
});
