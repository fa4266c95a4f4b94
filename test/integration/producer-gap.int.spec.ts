import { decodeChangeEvent, type ChangeEvent, type GapEvent } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import type { GetMessage } from 'amqplib';
import type { Timestamp } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RawChangeCursor } from '../../apps/cdc-producer/src/change-stream/raw-change.cursor.js';
import { startMongodb, type ServerHandle } from '../../scripts/lib/servers.mjs';
import { failProducer } from '../harness/fail-point.js';
import { killCursor } from '../harness/kill-cursor.js';
import { InProcessProducer } from '../harness/in-process.producer.js';
import { rollOplogPast } from '../harness/oplog.roller.js';

/** A server of its own: a fail point is the whole server's, and so is the oplog that is written past. */
let server: ServerHandle;
beforeAll(async () => {
  server = await startMongodb({ oplog: 'tiny' });
});
afterAll(() => server.stop());

let producer: InProcessProducer;
let queue: string;
let taken: GetMessage[];
beforeEach(async () => {
  taken = [];
  producer = await InProcessProducer.prepare({ mongodb: server.uri });
  queue = await producer.bindQueue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await failProducer(producer.mongo, 'off');
  await producer.stop(['all']);
});

const HISTORY_LOST = 286;
const collection = () => producer.db.collection<{ _id: number }>('documents');
const record = () =>
  producer.state
    .collection<{ _id: string; generation: number; last: { clusterTime: Timestamp } | null }>('streams')
    .findOne({ _id: 'main' });

async function events(): Promise<ChangeEvent[]> {
  taken.push(...(await producer.take(queue)));
  return taken.map(({ content, properties }) => decodeChangeEvent(content, String(properties.contentType)).event);
}
const gaps = async () => (await events()).filter((event): event is GapEvent => event.operation === 'gap');
const keys = async () =>
  (await events()).flatMap((event) => (event.operation === 'insert' ? [event.documentKey._id] : []));

/** A stream that has sent document 0, is stopped, and finds its history lost when it starts again, so many times. */
async function startWithLostHistory(times: number, stream: object, errorCode = HISTORY_LOST): Promise<void> {
  await producer.start({ maxAwaitTimeMs: 50, ...stream });
  await producer.running();
  await collection().insertOne({ _id: 0 });
  await eventually(async () => (await keys()).includes(0));
  await eventually(async () => (await record())?.last !== null);
  await producer.stopApp();
  await failProducer(producer.mongo, { times }, { failCommands: ['aggregate'], errorCode });
  await producer.start({ maxAwaitTimeMs: 50, ...stream });
}

describe('history lost under onHistoryLost: gap', () => {
  it.each([
    ['json', 286],
    ['bson', 280],
  ])('comes as one gap event in order, and live events follow (%s, code %i)', async (format, errorCode) => {
    await startWithLostHistory(1, { onHistoryLost: 'gap', format }, errorCode);
    await producer.running();
    await collection().insertOne({ _id: 1 });
    await eventually(async () => (await keys()).includes(1));

    const [first, ...rest] = await events();
    const [gap] = await gaps();
    expect(await gaps()).toHaveLength(1);
    expect(gap).toMatchObject({ stream: 'main', ns: {}, from: first?.position.clusterTime });
    expect(gap?.position).toEqual({ clusterTime: gap?.from, generation: 1, ordinal: 0 });
    expect(gap?.to.compare(gap.from)).toBeGreaterThanOrEqual(0);
    expect(rest[0]?.id).toBe(gap?.id);
    const positions = taken.map(({ properties }) => properties.headers?.['x-sluice-position'] as string);
    expect(positions).toEqual([...new Set(positions)].sort());
    expect(taken[1]).toMatchObject({ fields: { routingKey: 'gap.main' }, properties: { messageId: gap?.id } });
    expect(producer.status.counters).toMatchObject({ gaps: 1, confirmedByOperation: { gap: 1 } });
  });

  it('moves the position only once the gap event is confirmed; told again, it is the same event', async () => {
    await startWithLostHistory(1, { onHistoryLost: 'gap' });
    await producer.running();
    await eventually(async () => (await gaps()).length === 1);
    await producer.stopApp();
    expect(await record()).toMatchObject({ generation: 1, last: { generation: 1 } });
    const [gap] = await gaps();

    // As after a crash between the confirm and the save.
    const before = { generation: 0, last: { clusterTime: gap?.from, generation: 0, ordinal: 0 } };
    const readTo = { token: { _data: 'lost' }, time: gap?.from };
    await producer.state
      .collection<{ _id: string }>('streams')
      .updateOne({ _id: 'main' }, { $set: { ...before, readTo } });
    await producer.channel.unbindQueue(queue, producer.exchange, '#');
    await failProducer(producer.mongo, { times: 1 }, { failCommands: ['aggregate'], errorCode: HISTORY_LOST });
    await producer.start({ maxAwaitTimeMs: 50, onHistoryLost: 'gap' });
    await eventually(() => producer.status.state === 'held');
    expect(producer.status.reason).toMatch(/no queue takes "gap\.main"/);
    expect(await record()).toMatchObject(before);

    await producer.channel.bindQueue(queue, producer.exchange, '#');
    await eventually(async () => (await gaps()).length >= 2);
    expect((await gaps()).map(({ id, position }) => ({ id, position }))).toEqual(
      (await gaps()).map(() => ({ id: gap?.id, position: gap?.position })),
    );
    await eventually(async () => (await record())?.generation === 1);
  });

  it('goes on at the gap’s end after a restart, although no token was read behind it', async () => {
    await startWithLostHistory(1, { onHistoryLost: 'gap' });
    await eventually(async () => (await gaps()).length === 1);
    await producer.stopApp();
    const [gap] = await gaps();
    const readTo = { token: null, time: gap?.to };
    await producer.state.collection<{ _id: string }>('streams').updateOne({ _id: 'main' }, { $set: { readTo } });
    await collection().insertOne({ _id: 1 });
    await producer.start({ maxAwaitTimeMs: 50, onHistoryLost: 'gap' });
    await eventually(async () => (await keys()).includes(1));
    expect(await gaps()).toHaveLength(1);
  });

  it.each([
    ['opening', ['aggregate']],
    ['reading', ['getMore']],
    ['both', ['aggregate', 'getMore']],
  ])('stops the stream when it is lost again before anything was read, at %s: no loop', async (_what, failCommands) => {
    const opened = vi.spyOn(RawChangeCursor.prototype, 'open');
    await producer.start({ maxAwaitTimeMs: 50, onHistoryLost: 'gap' });
    await producer.running();
    await collection().insertOne({ _id: 0 });
    await eventually(async () => (await keys()).includes(0));
    await failProducer(producer.mongo, 'alwaysOn', { failCommands, errorCode: HISTORY_LOST });
    await killCursor(producer.db, opened.mock.contexts[0]); // it is opened again, into the fail point
    await eventually(() => producer.status.state === 'failed');
    expect(producer.status.lastError).toMatchObject({
      code: 'SLUICE-STREAM-HISTORY-LOST',
      message: expect.stringMatching(/nothing could be read behind the gap/) as string,
    });
    expect(await gaps()).toHaveLength(1);
    expect(producer.status.counters.gaps).toBe(1);
  });
});

describe('an oplog that has rolled past the position', () => {
  it.each(['gap', 'fail'] as const)('is what onHistoryLost: %s is for', async (onHistoryLost) => {
    await producer.start({ maxAwaitTimeMs: 50, onHistoryLost });
    await producer.running();
    await collection().insertOne({ _id: 0 });
    await eventually(async () => (await record())?.last !== null);
    await producer.stopApp();
    const reached = (await record())?.last?.clusterTime;
    if (reached === undefined) throw new Error('nothing saved');
    await rollOplogPast(producer.mongo, reached);
    await collection().insertOne({ _id: 1 }); // the oplog still has it
    await producer.start({ maxAwaitTimeMs: 50, onHistoryLost });
    if (onHistoryLost === 'fail') {
      await eventually(() => producer.status.state === 'failed');
      expect(producer.status.lastError?.code).toBe('SLUICE-STREAM-HISTORY-LOST');
      expect(producer.status.reason).toMatch(
        /"main" stands at \S+Z, but the oplog now begins at \S+Z: changes between the two are lost to it/,
      );
      expect(await keys()).toEqual([0]);
      return;
    }
    await eventually(async () => (await keys()).includes(1));
    const operations = (await events()).map(({ operation }) => operation);
    expect(operations).toEqual(['insert', 'gap', 'insert']);
    const [gap] = await gaps();
    expect(gap?.from).toEqual(reached);
    expect(gap?.to.compare(reached)).toBeGreaterThan(0);
  });
});

describe('history lost under onHistoryLost: fail', () => {
  it('stops the stream, says since when, and what to do', async () => {
    await startWithLostHistory(1, {});
    await eventually(() => producer.status.state === 'failed');
    const since = (await record())?.last?.clusterTime;
    expect(producer.status.lastError?.code).toBe('SLUICE-STREAM-HISTORY-LOST');
    expect(producer.status.reason).toContain(`stands at ${new Date((since?.t ?? 0) * 1000).toISOString()}, `);
    expect(producer.status.reason).toMatch(
      /Set onHistoryLost: gap .* or have it go on from now: POST \/api\/v1\/streams\/\w+\/pause/,
    );
    expect(await gaps()).toEqual([]);
  });
});
