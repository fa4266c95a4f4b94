import { isDeepStrictEqual } from 'node:util';
import { INBOX_COLLECTION, type PositionTarget } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import type { GetMessage } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PositionService } from '../../apps/cdc-producer/src/position/position.service.js';
import { FaultProxy } from '../harness/fault.proxy.js';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';
import { testServers } from '../harness/test-servers.js';

const ANN = { by: 'ann', reason: 'a test' };

let producer: InProcessProducer;
let queue: string;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
  queue = await producer.bindQueue();
});
afterEach(() => producer.stop(['all']));

const collection = () => producer.db.collection<{ _id: number }>('documents');
const insert = (...ids: number[]) => collection().insertMany(ids.map((_id) => ({ _id })));
const positions = (of = producer) => of.part(PositionService);
const tag = async (of = producer) => (await positions(of).read('main')).etag;
const set = async (to: PositionTarget, of = producer) =>
  positions(of).set('main', to, ANN, { isDryRun: false, ifMatch: await tag(of) });
const dryRun = (to: PositionTarget) => positions().set('main', to, ANN, { isDryRun: true, ifMatch: undefined });
const published = (events: number) => eventually(async () => (await producer.messageCount(queue)) >= events);
const saved = async (events: number) => {
  await published(events);
  await eventually(() => producer.status.inFlight.events === 0);
};
const positionOf = ({ properties }: GetMessage | { properties?: undefined } = {}) =>
  String(properties?.headers?.['x-sluice-position']);
const generations = (messages: readonly GetMessage[]) =>
  new Set(messages.map((message) => Number(positionOf(message).split('.')[2])));
const serverTime = async () => {
  const { localTime } = await producer.db.command({ hello: 1 });
  return new Date(localTime as Date).toISOString();
};

const TWO_ARE_SKIPPED = { changes: { events: 2, isComplete: true }, groups: [] };

/** As a handler with `once` of the group would note them. */
async function handledBy(handler: string, messages: readonly GetMessage[]): Promise<void> {
  const entries = messages.map((message) => ({
    _id: { group: 'orders', handler, event: String(message.properties.messageId) },
    stream: 'main',
    position: positionOf(message),
  }));
  await producer.state.collection<{ _id: object }>(INBOX_COLLECTION).insertMany(entries);
}

async function started(): Promise<void> {
  await producer.start();
  await producer.running();
}

describe('a position that an operator sets', () => {
  it('to an earlier time brings the events since then again, in a higher generation and epoch', async () => {
    await started();
    const before = await serverTime();
    await insert(1, 2, 3);
    await saved(3);
    const first = await producer.take(queue);
    await producer.service.pause('main');
    await producer.registerGroup('orders', ['#'], { inboxElsewhere: ['Books.book'] });
    await handledBy('one', first.slice(1));
    await handledBy('two', first.slice(1, 2));
    const preview = await dryRun(before);
    expect(preview.body).toMatchObject({ isApplied: false, isAccepted: true, effect: { kind: 'repeats' } });
    expect(preview.body.forecast?.changes).toEqual({ events: 3, isComplete: true });
    expect(preview.body.forecast?.groups).toEqual([
      { name: 'orders', events: 2, isComplete: true, notCounted: ['Books.book'] },
    ]);
    expect((await positions().read('main')).body).toMatchObject({
      generation: 0,
      readTo: expect.any(String) as string,
    });

    const { body } = await set(before);
    expect(body).toMatchObject({
      isApplied: true,
      effect: preview.body.effect,
      position: { generation: 1, last: null },
    });
    expect(body.position).toMatchObject({ epoch: preview.body.position.epoch, readTo: preview.body.position.readTo });
    await producer.service.resume('main');
    await published(3);
    const again = await producer.take(queue);
    expect(keysOf(again)).toEqual([1, 2, 3]);
    expect(again.map(({ properties }) => properties.messageId as unknown)).toEqual(
      first.map(({ properties }) => properties.messageId as unknown),
    );
    expect([generations(first), generations(again)]).toEqual([new Set([0]), new Set([1])]);
    expect(positionOf(again[0]) > positionOf(first[0])).toBe(true);
    expect(producer.status.epoch).toBe(body.position.epoch + 1);
  });

  it('to now skips what was written during the pause, and nothing after it', async () => {
    await started();
    await insert(1);
    await saved(1);
    await producer.service.pause('main');
    await insert(2, 3);
    await eventually(async () => isDeepStrictEqual((await dryRun('now')).body.forecast, TWO_ARE_SKIPPED));
    expect((await set('now')).body).toMatchObject({ effect: { kind: 'skips' }, position: { isPaused: true } });
    await insert(4);
    await producer.service.resume('main');
    await published(2);
    expect(keysOf(await producer.take(queue))).toEqual([1, 4]);
  });

  it('to a token goes on behind it', async () => {
    await started();
    await insert(1);
    await saved(1);
    const token = await eventually(async () => {
      const { last, resumeToken } = (await positions().read('main')).body;
      return last !== null && resumeToken;
    });
    await insert(2, 3);
    await saved(3);
    await producer.service.pause('main');
    await set({ _data: String(token['_data']) });
    await producer.service.resume('main');
    await published(5);
    expect(keysOf(await producer.take(queue))).toEqual([1, 2, 3, 2, 3]);
  });

  it('behind a change that the stream cannot pass has it go on', async () => {
    await producer.start({ fullDocumentBeforeChange: 'required' });
    await producer.running();
    await insert(1);
    await collection().updateOne({ _id: 1 }, { $set: { changed: true } }); // no image of before is recorded
    await eventually(() => producer.status.state === 'failed');
    await producer.service.pause('main');
    await set('now');
    await producer.service.resume('main');
    await insert(2);
    await eventually(async () => keysOf(await producer.take(queue)).includes(2));
  });

  it('is what every producer shows before the resume, set or deleted, and what the answer of the resume shows', async () => {
    await started();
    const other = producer.beside();
    try {
      await other.start();
      await insert(1);
      await saved(1);
      await producer.service.pause('main');
      const shown = ({ service }: InProcessProducer) => {
        const { epoch, position } = service.one('main');
        return { epoch, last: position.last, savedAt: position.savedAt };
      };
      const show = (epoch: number, savedAt: string | null) =>
        eventually(() =>
          [shown(producer), shown(other)].every((each) => isDeepStrictEqual(each, { epoch, last: null, savedAt })),
        );
      const { epoch, savedAt } = (await set('now')).body.position;
      await show(epoch, savedAt);
      await positions().remove('main', ANN, { isDryRun: false, ifMatch: await tag() });
      await show(epoch + 1, null);
      const again = (await set('now', other)).body.position;
      const resumed = await producer.service.resume('main'); // before the next look
      expect(resumed).toMatchObject({ epoch: again.epoch, position: { last: null, readTo: again.readTo } });
    } finally {
      await other.stopApp();
    }
  });

  it('survives a restart of the producers, and its holder of before cannot take it back', async () => {
    const gate = await FaultProxy.before(testServers().mongodb, 27017);
    const cutOff = producer.beside({ mongodb: gate.uri });
    try {
      await cutOff.start({}, { LEASE_MS: 1_500 });
      await cutOff.running();
      await insert(1);
      await published(1);
      gate.shut(); // it holds the stream, and hears of nothing
      await producer.start({}, { LEASE_MS: 1_500 });
      await eventually(() => producer.service.pause('main'));
      const { body } = await eventually(() => set('now')); // refused while it is held
      gate.open();
      await eventually(() => cutOff.status.state === 'paused');
      expect((await positions().read('main')).body).toEqual(body.position);
    } finally {
      gate.open();
      await cutOff.stopApp();
      await gate.close();
    }
  });
});

describe('a change of position', () => {
  it("is refused with the server's word where the stream would not open, and a dry run says it too", async () => {
    await started();
    await producer.service.pause('main');
    const before = await positions().read('main');
    const bad = { _data: 'no token' };
    expect((await dryRun(bad)).body).toMatchObject({
      isAccepted: false,
      serverSays: expect.stringMatching(/code \d+.*resume token/) as string,
    });
    await expect(set(bad)).rejects.toMatchObject({
      code: 'SLUICE-POSITION-REFUSED',
      httpStatus: 422,
      message: expect.stringMatching(/code \d+.*resume token/) as string,
    });
    expect(await positions().read('main')).toEqual(before);
  });

  it.each([
    ['before the oplog begins', '2001-01-01T00:00:00Z', /the oplog begins at/],
    ['that has not come yet', '2101-01-01T00:00:00Z', /would never come/],
  ])('to a time %s is refused', async (_what, time, says) => {
    await started();
    await producer.service.pause('main');
    await expect(set(time)).rejects.toMatchObject({
      code: 'SLUICE-POSITION-REFUSED',
      message: expect.stringMatching(says) as string,
    });
  });

  it('asked for by two operators at once is made once: the second is told that it has changed', async () => {
    await started();
    await producer.service.pause('main');
    const ifMatch = await tag();
    const asked = ['ann', 'bob'].map((by) =>
      positions().set('main', 'now', { by, reason: 'at once' }, { isDryRun: false, ifMatch }),
    );
    const results = await Promise.allSettled(asked);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusal = results.find((result) => result.status === 'rejected');
    expect(refusal?.reason).toMatchObject({ code: 'SLUICE-POSITION-CHANGED', httpStatus: 412 });
    expect((await positions().history('main', { limit: 10 })).changes).toHaveLength(1);
  });

  it('needs the stream paused and the position named', async () => {
    await started();
    await eventually(async () => {
      await expect(set('now')).rejects.toMatchObject({ code: 'SLUICE-STREAM-NOT-PAUSED', httpStatus: 409 });
      return true;
    });
    const unnamed = positions().set('main', 'now', ANN, { isDryRun: false, ifMatch: undefined });
    await expect(unnamed).rejects.toMatchObject({
      code: 'SLUICE-IF-MATCH-MISSING',
      httpStatus: 428,
      message: expect.stringMatching(
        /^the header If-Match is missing: .*main\/position, which is "\d+\.\d+" now/,
      ) as string,
    });
  });

  it('that deletes it keeps the generation going: the stream begins at its startAt', async () => {
    await started();
    await insert(1);
    await saved(1);
    await producer.service.pause('main');
    await insert(2);
    const { body } = await positions().remove('main', ANN, { isDryRun: false, ifMatch: await tag() });
    expect(body.position).toMatchObject({ generation: 1, readTo: null, resumeToken: null, savedAt: null });
    await producer.service.resume('main');
    await producer.running();
    await insert(3);
    await published(2);
    const messages = await producer.take(queue);
    expect(keysOf(messages)).toEqual([1, 3]);
    expect(generations(messages)).toEqual(new Set([0, 1]));
    expect((await positions().history('main', { limit: 10 })).changes).toMatchObject([
      {
        number: 1,
        by: 'ann',
        reason: 'a test',
        request: 'delete',
        before: { generation: 0 },
        after: { generation: 1 },
      },
    ]);
  });
});
