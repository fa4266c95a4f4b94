import { Logger } from '@nestjs/common';
import { eventually } from '@sluice/testing';
import { Timestamp } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { OplogReader } from '../../apps/cdc-producer/src/change-stream/oplog.reader.js';
import { startMongodb, type ServerHandle } from '../../scripts/lib/servers.mjs';
import { failProducer } from '../harness/fail-point.js';
import { InProcessProducer } from '../harness/in-process.producer.js';

/** A server of its own: a fail point is the whole server's. */
let server: ServerHandle;
beforeAll(async () => {
  server = await startMongodb();
});
afterAll(() => server.stop());

let producer: InProcessProducer;
beforeEach(async () => {
  producer = await InProcessProducer.prepare({ mongodb: server.uri });
  await producer.bindQueue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await failProducer(producer.mongo, 'off');
  await producer.stop(['all']);
});

const A_YEAR = 31_536_000;

async function startAndSave(over: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await producer.start(over);
  await producer.running();
  await producer.db.collection<{ _id: number }>('documents').insertOne({ _id: 1 });
  await eventually(() => producer.status.position.last !== null);
  await eventually(() => producer.status.oplogHeadroomSeconds !== null);
}

it("the headroom is what lies between the oplog's oldest entry and the saved position", async () => {
  await startAndSave();
  const oldest = await new OplogReader(() => producer.mongo, 'primary').oldest();
  const position = Date.parse(producer.status.position.readTo ?? producer.status.position.clusterTime ?? '') / 1000;
  expect(oldest).toBeInstanceOf(Timestamp);
  expect(producer.status.oplogHeadroomSeconds).toBe(position - (oldest?.t ?? 0));
  expect(producer.status.reason).toBeUndefined();
  expect((await producer.readiness()).status).toBe(200);
});

it('under minOplogHeadroomSeconds readiness is 503 with the reason, running or paused, and the state stays', async () => {
  await startAndSave({ minOplogHeadroomSeconds: A_YEAR });
  const reason = /minOplogHeadroomSeconds: 31536000\).*replSetResizeOplog/; // a young oplog may have no headroom at all
  expect(producer.status).toMatchObject({ state: 'running', reason: expect.stringMatching(reason) as string });
  expect(await producer.readiness()).toMatchObject({
    status: 503,
    stream: { state: 'running', reason: expect.stringMatching(reason) as string },
  });
  await producer.service.pause('main');
  expect(await producer.readiness()).toMatchObject({ status: 503, stream: { state: 'paused' } });
});

it('is known of a paused stream that the producer has never held: it warns as before its restart', async () => {
  await startAndSave({ minOplogHeadroomSeconds: A_YEAR });
  await producer.service.pause('main');
  const { position, epoch } = producer.status;
  await producer.stopApp();
  await producer.start({ minOplogHeadroomSeconds: A_YEAR });
  await eventually(async () => (await producer.readiness()).stream?.['state'] === 'paused');
  await eventually(() => producer.status.oplogHeadroomSeconds !== null);
  expect(producer.status).toMatchObject({
    epoch,
    position: { last: position.last, readTo: expect.any(String) as string },
  });
  expect(await producer.readiness()).toMatchObject({
    status: 503,
    stream: { state: 'paused', reason: expect.stringMatching(/minOplogHeadroomSeconds: 31536000/) as string },
  });
});

it('is known to a producer that stands by, which stays ready: the holder tells that it is short', async () => {
  await startAndSave({ minOplogHeadroomSeconds: A_YEAR });
  const standby = producer.beside({ mongodb: server.uri });
  try {
    await standby.start({ minOplogHeadroomSeconds: A_YEAR });
    await eventually(() => standby.status.oplogHeadroomSeconds !== null && standby.status.state === 'waiting');
    const { state, position, epoch } = standby.status;
    expect({ state, last: position.last, epoch }).toEqual({
      state: 'waiting',
      last: producer.status.position.last,
      epoch: producer.status.epoch,
    });
    expect((await standby.readiness()).status).toBe(200);
    expect((await producer.readiness()).status).toBe(503);
    await producer.db.collection<{ _id: number }>('documents').insertOne({ _id: 2 });
    await eventually(() => standby.status.position.last !== position.last);
    await eventually(() => standby.status.position.last === producer.status.position.last);
  } finally {
    await standby.stopApp();
  }
});

it('is not known to a user who may not read the oplog, and the log says so once', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn');
  const said = () => warn.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('headroom'));
  await startAndSave();
  const notAuthorised = { failCommands: ['find'], namespace: 'local.oplog.rs', errorCode: 13 }; // SecantusDB fails all
  await failProducer(producer.mongo, 'alwaysOn', notAuthorised);
  await eventually(() => producer.status.oplogHeadroomSeconds === null);
  expect(said()).toEqual([expect.stringMatching(/is not known: .*needs "find" on local\.oplog\.rs/)]);
});
