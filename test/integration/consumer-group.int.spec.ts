import { aDrop, anInsert, aReplace, eventually } from '@sluice/testing';
import { OnChange, OnInsert } from '@sluice/handlers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

class CustomerHandler {
  readonly handled: unknown[] = [];
  @OnInsert('shop.customers')
  inserted(event: { documentKey: { _id?: unknown } }): void {
    this.handled.push(event.documentKey._id);
  }
}

class ControlHandler {
  readonly dropped: string[] = [];
  @OnChange({ namespace: 'shop.orders', operations: ['drop'] })
  drop(event: { id: string }): void {
    this.dropped.push(event.id);
  }
}

describe('a consumer group', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  it('takes each event once, shared among its replicas', async () => {
    const [one, other] = [new RecordingHandler(), new RecordingHandler()];
    await system.consumer({ handlers: [one] });
    const second = await system.consumer({ handlers: [other] });
    await system.broker.publish(
      ...Array.from({ length: 50 }, (_, _id) => aReplace('shop.orders', { _id, version: 1 })),
    );
    await eventually(() => one.handled.length + other.handled.length === 50);
    expect((await second.group()).members).toHaveLength(2);
  });

  it('hands over to another replica when one stops', async () => {
    const [one, other] = [new RecordingHandler(), new RecordingHandler()];
    const first = await system.consumer({ handlers: [one] });
    const second = await system.consumer({ handlers: [other] });
    expect(await first.stop()).toBe(0);
    await system.broker.publish(...[1, 2, 3, 4].map((_id) => aReplace('shop.orders', { _id, version: 1 })));
    await eventually(() => other.handled.length === 4);
    await eventually(async () => (await second.group()).members.length === 1);
  });

  it('brings a control event to every partition, and to its handlers once', async () => {
    const handler = new ControlHandler();
    const consumer = await system.consumer({ handlers: [handler], env: { PARTITIONS: '4' } });
    await system.broker.publish(aDrop('shop.orders'), aDrop('shop.unknown'));
    await eventually(async () => (await consumer.group()).counters.received === 2 * 4);
    await eventually(async () => (await consumer.group()).counters.unmatched === 1);
    await eventually(() => handler.dropped.length === 1);
  });

  it('keeps the number of partitions of its first registration', async () => {
    const first = await system.consumer({ env: { PARTITIONS: '2' } });
    await first.stop();
    const second = await system.consumer({ env: { PARTITIONS: '8' } });
    expect(await second.group()).toMatchObject({ partitions: 2, queues: [{}, {}] });
  });

  it('follows the newest deployment: its patterns are bound, retired ones unbound, older replicas stop', async () => {
    const orders = new RecordingHandler();
    const customers = new CustomerHandler();
    const older = await system.consumer({ handlers: [orders] });
    const newer = await system.consumer({ handlers: [customers] });
    await eventually(async () => (await older.group()).consuming === 'stopped');
    expect((await older.ready()).body.details['group']).toMatchObject({ status: 'down', state: 'outdated' });
    expect((await newer.group()).patterns).toContain('insert.shop.customers');
    await expect(system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1 }))).resolves.toBeUndefined();
    await system.broker.publish(anInsert('shop.customers', { _id: 'ann' }));
    await eventually(() => customers.handled.length === 1);
    expect((await newer.group()).counters).toMatchObject({ received: 1, handled: 1, unmatched: 0 });
    expect(orders.handled).toEqual([]);
  });

  it('says which queue stands in its way, deletes nothing, and goes on when it is gone', async () => {
    const queue = system.queue(0);
    await system.broker.declareQueue(queue, { durable: true, arguments: { 'x-queue-type': 'classic' } });
    const consumer = await system.consumer({ untilRunning: false });
    const report = await eventually(async () => {
      const { status, body } = await consumer.ready();
      return status === 503 && body.details['group']?.state === 'failing' && body.details['group'];
    });
    expect(report.reason).toContain('SLUICE-TOPOLOGY-MISMATCH');
    expect(report.reason).toContain(queue);
    expect(report.reason).toMatch(/received the value .* but current is/);
    expect(await system.broker.depth(queue)).toBe(0); // it is still there
    await system.broker.deleteQueue(queue);
    await eventually(async () => (await consumer.ready()).status === 200);
  });
});
