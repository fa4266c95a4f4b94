import { aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

describe('a consumer', () => {
  let system: ConsumerSystem;
  let handler: RecordingHandler;
  let version = 0;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
    handler = new RecordingHandler();
  });
  afterEach(() => system.close());

  /** Publishes one change of each of some documents, so that every partition gets some, until they are handled. */
  async function expectToHandle(): Promise<void> {
    version += 1;
    const mark = version;
    const ids = [1, 2, 3, 4, 5, 6, 7, 8];
    await system.broker.publish(...ids.map((_id) => aReplace('shop.orders', { _id, version: mark })));
    // The driver looks every ten seconds whether MongoDB is back.
    await eventually(() => ids.every((id) => handler.versionsOf(id).includes(mark)));
  }

  it('declares a queue again that is deleted under it, with its bindings', async () => {
    const consumer = await system.consumer({ handlers: [handler] });
    await expectToHandle();
    await system.broker.deleteQueue(system.queue(0));
    await eventually(async () => (await consumer.group()).queues.length === 2);
    await eventually(async () => (await consumer.group()).consuming === 'running');
    await expectToHandle();
  });

  it('binds again what somebody unbound', async () => {
    await system.consumer({ handlers: [handler], env: { PARTITIONS: '1' } });
    await expectToHandle();
    for (let bucket = 0; bucket < 64; bucket++) {
      await system.broker.unbind(system.queue(0), `${String(bucket).padStart(2, '0')}.replace.shop.orders`);
    }
    await eventually(
      async () => {
        await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1_000 }));
        return handler.versionsOf(1).includes(1_000);
      },
      { intervalMs: 250 },
    );
  });

  it('comes up while the broker is away, says so, and consumes once it is there', async () => {
    system.gate.shut();
    const consumer = await system.consumer({ handlers: [handler], untilRunning: false });
    const down = await eventually(async () => {
      const ready = await consumer.ready();
      return ready.body.details['rabbitmq']?.state === 'disconnected' && ready;
    });
    expect(down.status).toBe(503);
    expect(down.body.details['rabbitmq']?.reason).toBeTypeOf('string');
    expect(down.body.details['group']?.status).toBe('down');
    system.gate.open();
    await eventually(async () => (await consumer.ready()).status === 200);
    await expectToHandle();
  });

  it('goes on when the broker comes back after it was away for a while', async () => {
    const consumer = await system.consumer({ handlers: [handler] });
    await expectToHandle();
    system.gate.shut();
    await eventually(async () => (await consumer.group()).consuming === 'disconnected');
    expect((await consumer.ready()).status).toBe(503);
    system.gate.open();
    await eventually(async () => (await consumer.ready()).status === 200);
    await expectToHandle();
  });

  it('comes up while MongoDB is away, says so, and joins its group once it is there', async () => {
    system.mongoGate.shut();
    const consumer = await system.consumer({ handlers: [handler], untilRunning: false });
    const down = await eventually(async () => {
      const { status, body } = await consumer.ready();
      return body.details['group']?.state === 'failing' && { status, details: body.details };
    });
    expect(down.status).toBe(503);
    expect(down.details).toMatchObject({ mongodb: { status: 'down' }, rabbitmq: { status: 'up' } });
    expect(down.details['group']?.reason).toMatch(/^MongoDB is (not connected yet|away since \d{4}-)/);
    system.mongoGate.open();
    await eventually(async () => (await consumer.ready()).status === 200);
    await expectToHandle();
  });

  it('goes on consuming while MongoDB is away, and cannot be paused then', async () => {
    const consumer = await system.consumer({ handlers: [handler] });
    await expectToHandle();
    system.mongoGate.shut();
    await eventually(async () => (await consumer.ready()).body.details['mongodb']?.status === 'down');
    await expectToHandle();
    await eventually(async () => {
      const { status, body } = await consumer.post('/api/v1/groups/mirror/pause');
      expect({ status, ...(body as object) }).toMatchObject({ status: 503, code: 'SLUICE-GROUP-UNAVAILABLE' });
      return true;
    });
    await expectToHandle();
  });

  it('waits for MongoDB after its channels were lost: another replica may have had the partitions meanwhile', async () => {
    const consumer = await system.consumer({ handlers: [handler] });
    await expectToHandle();
    system.mongoGate.shut();
    await eventually(async () => (await consumer.ready()).body.details['mongodb']?.status === 'down');
    system.gate.cut();
    const handled = expectToHandle();
    await eventually(async () => (await consumer.ready()).body.details['rabbitmq']?.status === 'up');
    expect(handler.handled.filter((each) => each.version === version)).toEqual([]);
    system.mongoGate.open();
    await handled;
  });
});
