import { OnInsert } from '@sluice/handlers';
import { anInsert, aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';
import { testServers } from '../harness/test-servers.js';

class CustomerHandler {
  readonly handled: unknown[] = [];
  @OnInsert('shop.customers')
  inserted(event: { documentKey: { _id?: unknown } }): void {
    this.handled.push(event.documentKey._id);
  }
}

/** Hears of customers too, as an older deployment's wildcard does. */
class EverythingHandler {
  handled = 0;
  @OnInsert('shop.*')
  inserted(): void {
    this.handled += 1;
  }
}

const CUSTOMERS = 'insert.shop.customers';
const ids = Array.from({ length: 40 }, (_, id) => id);
const customers = () => ids.map((_id) => anInsert('shop.customers', { _id }));

/** When streams publish what its handlers ask for. */
async function boundFor(consumer: TestConsumer, pattern: string): Promise<void> {
  await eventually(async () => {
    const { state, patterns } = await consumer.group();
    return state === 'bound' && patterns.includes(pattern);
  });
}

describe('a roll-out', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  it.each([
    ['none of them', () => new RecordingHandler()],
    ['a wildcard', () => new EverythingHandler()],
  ])(
    'brings the new events to the new handlers, all of them, where the older replica asks for %s',
    async (_what, old) => {
      await system.consumer({ handlers: [old()] });
      const handler = new CustomerHandler();
      const newer = await system.consumer({ handlers: [new RecordingHandler(), handler], untilRunning: false });
      await boundFor(newer, CUSTOMERS);
      await system.broker.publish(...customers());
      await eventually(() => handler.handled.length === ids.length);
    },
  );

  it('leaves to the new handlers what an older replica has none for that cannot learn of them', async () => {
    const env = { MEMBER_ALIVE_MS: '3000' };
    const older = await system.consumer({ handlers: [new RecordingHandler()], env });
    system.mongoGate.shut();
    await eventually(async () => (await older.ready()).body.details['mongodb']?.status === 'down');
    const handler = new CustomerHandler();
    const newer = await system.consumer({
      handlers: [new RecordingHandler(), handler],
      env: { ...env, MONGODB_URI: testServers().mongodb }, // not by the gate
      untilRunning: false,
    });
    await boundFor(newer, CUSTOMERS);
    const { received } = (await older.group()).counters;
    await system.broker.publish(...customers());
    await eventually(async () => (await older.group()).counters.received === received + ids.length);
    system.mongoGate.open();
    await eventually(() => handler.handled.length === ids.length);
  });

  it('waits for what the older replica still handles, and for no longer than that', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let begun = 0;
    const busy = new RecordingHandler(() => {
      begun += 1;
      return finished;
    });
    const older = await system.consumer({ handlers: [busy] });
    await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1 }));
    await eventually(() => begun === 1); // received is not enough: what no handler has begun goes back to the queue
    const newer = await system.consumer({ handlers: [new CustomerHandler()], untilRunning: false });
    await eventually(async () => (await older.group()).consuming === 'stopped');
    expect((await newer.group()).state).toBe('joining');
    finish();
    await boundFor(newer, CUSTOMERS);
    expect(busy.handled).toHaveLength(1);
  });

  it('goes on with the newer handlers after an older replica restarted in the middle of it, and went', async () => {
    const handler = new CustomerHandler();
    const newer = await system.consumer({ handlers: [new RecordingHandler(), handler] });
    const older = await system.consumer({ handlers: [new RecordingHandler()] });
    await eventually(async () => (await newer.group()).consuming === 'stopped');
    await older.stop();
    await boundFor(newer, CUSTOMERS);
    await eventually(async () => (await newer.group()).consuming === 'running');
    await system.broker.publish(...customers());
    await eventually(() => handler.handled.length === ids.length);
  });

  it('of a later DEPLOYMENT keeps the group when a replica of an earlier one restarts', async () => {
    const handler = new CustomerHandler();
    const newer = await system.consumer({ handlers: [handler], env: { DEPLOYMENT: '10' } });
    const older = await system.consumer({
      handlers: [new RecordingHandler()],
      env: { DEPLOYMENT: '9' },
      untilRunning: false,
    });
    await eventually(async () => (await older.group()).consuming === 'stopped');
    expect((await newer.group()).patterns).toContain(CUSTOMERS);
    await system.broker.publish(...customers());
    await eventually(() => handler.handled.length === ids.length);
    await newer.stop(); // nobody has the registered handlers any more
    await eventually(async () => (await older.group()).consuming === 'running');
  });
});
