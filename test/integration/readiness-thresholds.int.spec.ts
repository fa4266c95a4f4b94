import { aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartitionWatch } from '../../apps/cdc-consumer/src/group/partition.watch.js';
import { FaultProxy } from '../harness/fault.proxy.js';
import { InProcessProducer } from '../harness/in-process.producer.js';
import { testServers } from '../harness/test-servers.js';
import { ConsumerSystem } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

describe('a producer is not ready, and says which stream and why', () => {
  let producer: InProcessProducer;
  let broker: FaultProxy;
  beforeEach(async () => {
    broker = await FaultProxy.before(testServers().rabbitmq);
    producer = await InProcessProducer.prepare();
  });
  afterEach(async () => {
    broker.unmute();
    await producer.stop(['all']);
    await broker.close();
  });
  const write = (_id: number) => producer.db.collection<{ _id: number }>('documents').insertOne({ _id });
  const reason = (pattern: RegExp) => expect.stringMatching(pattern) as string;

  it('while it holds an event that no queue takes, until one does', async () => {
    await producer.start();
    await producer.running();
    expect((await producer.readiness()).status).toBe(200);
    await write(1);
    await eventually(async () => (await producer.readiness()).status === 503);
    expect((await producer.readiness()).stream).toMatchObject({
      state: 'held',
      reason: reason(/no .*group|no queue/i),
    });
    await producer.bindQueue();
    await eventually(async () => (await producer.readiness()).status === 200);
  });

  it('while it runs further behind its source than maxLagSeconds, until it has caught up', async () => {
    await producer.bindQueue();
    await producer.start({ maxLagSeconds: 1 }, { RABBITMQ_URI: broker.uri });
    await producer.running();
    await write(1);
    await eventually(() => producer.status.position.last !== null);
    broker.mute(); // the broker confirms nothing
    await write(2);
    await eventually(async () => (await producer.readiness()).status === 503);
    const behind = reason(/^\d+ s behind its source \(maxLagSeconds: 1\)/);
    expect((await producer.readiness()).stream).toMatchObject({ state: 'running', reason: behind });
    broker.unmute();
    await eventually(async () => (await producer.readiness()).status === 200);
  });
});

describe('a consumer is not ready, and says why', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  it('while an event waits longer than MAX_EVENT_AGE_SECONDS for its handler', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const handler = new RecordingHandler(() => released);
    const consumer = await system.consumer({ handlers: [handler], env: { MAX_EVENT_AGE_SECONDS: '1' } });
    expect((await consumer.ready()).status).toBe(200);
    await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1 }));
    await eventually(async () => (await consumer.ready()).status === 503);
    expect((await consumer.ready()).body.details['group']).toMatchObject({
      state: 'running',
      reason: expect.stringMatching(/^the oldest event is \d+ s old \(MAX_EVENT_AGE_SECONDS: 1\)/) as string,
    });
    release();
    await eventually(async () => (await consumer.ready()).status === 200);
  });

  it('while nobody consumes a partition for longer than MAX_UNCONSUMED_SECONDS', async () => {
    const consumer = await system.consumer({
      handlers: [new RecordingHandler()],
      env: { MAX_UNCONSUMED_SECONDS: '1', MEMBER_ALIVE_MS: '3000' },
    });
    const inAnHour = new Date(Date.now() + 3_600_000);
    const patterns = (await consumer.group()).patterns;
    const frozen = {
      id: 'a replica that is frozen',
      patterns,
      joinedAt: inAnHour,
      lastSeen: inAnHour,
      consuming: true,
    };
    const groups = (change: object) =>
      system.withState((state) => state.collection<{ _id: string }>('groups').updateOne({ _id: system.group }, change));
    await groups({ $push: { members: frozen } });
    const looked = async () => {
      await consumer.app.get(PartitionWatch).look(); // every five seconds without being asked
      return consumer.ready();
    };
    await eventually(async () => (await looked()).status === 503);
    expect((await looked()).body.details['group']).toMatchObject({
      state: 'running',
      reason: expect.stringMatching(/^nobody consumes partition \d \(MAX_UNCONSUMED_SECONDS: 1\)/) as string,
    });
    await groups({ $pull: { members: { id: frozen.id } } });
    await eventually(async () => (await looked()).status === 200);
  });
});
