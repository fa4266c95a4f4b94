import { createHash } from 'node:crypto';
import { decodeChangeEvent, DEAD_LETTER_HEADERS, HEADER_CLAIM, type ChangeEvent } from '@sluice/contracts';
import { OnChange } from '@sluice/handlers';
import { eventually } from '@sluice/testing';
import { ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClaimedBodies } from '../../apps/cdc-producer/src/claim-check/claimed-bodies.js';
import { ClaimSweeper } from '../../apps/cdc-producer/src/claim-check/claim.sweeper.js';
import { InProcessProducer } from '../harness/in-process.producer.js';
import { ConsumerSystem } from './consumer/consumer-system.js';

const MEBIBYTE = 1024 * 1024;
/** Megabytes through a busy machine; and no lease is lost on the way, which would bring events twice. */
const PATIENCE_MS = 120_000;
const LEASE_MS = 120_000;
vi.setConfig({ testTimeout: 2 * PATIENCE_MS });

class Recorder {
  readonly events: ChangeEvent[] = [];

  @OnChange({ namespace: '*' })
  record(event: ChangeEvent): void {
    this.events.push(event);
  }
}

let producer: InProcessProducer;
let consumers: ConsumerSystem;
let recorder: Recorder;
beforeEach(async () => {
  producer = await InProcessProducer.prepare();
  const { exchange, state } = producer;
  consumers = await ConsumerSystem.open({ exchange, stateDb: state.databaseName });
  recorder = new Recorder();
});
afterEach(async () => {
  await producer.stopApp();
  await consumers.close();
  await producer.stop(['all']);
});

const collection = () => producer.db.collection<{ _id: number; text: string; seen?: boolean }>('documents');
async function startProducer(stream: Record<string, unknown> = {}): Promise<void> {
  await producer.start(stream, { LEASE_MS });
  await producer.running();
}

const files = () => producer.state.collection<{ _id: ObjectId; filename: string; uploadDate: Date }>('claims.files');
const chunks = () => producer.state.collection<{ files_id: ObjectId; n: number; data: Buffer }>('claims.chunks');
const large = (mebibytes: number, letter = 'a') => letter.repeat(mebibytes * MEBIBYTE);
const sha256 = (text: unknown) => createHash('sha256').update(String(text)).digest('hex');
const letterOf = () => eventually(() => consumers.broker.deadLetter(consumers.group), { timeoutMs: PATIENCE_MS });

/** The recorded events; compared by digest, because a failing test would print 10 MB. */
const recorded = () =>
  recorder.events.map((event) => {
    const { text } = ('fullDocument' in event ? event.fullDocument : null) ?? {};
    return { operation: event.operation, text: sha256(text), omitted: event.omitted };
  });

/** One large insert that waits in the group's queue, its body stored; the consumer that follows is a new one. */
async function aWaitingClaim(): Promise<void> {
  const { stop } = await consumers.consumer({ handlers: [recorder] });
  await stop();
  await startProducer();
  await collection().insertOne({ _id: 1, text: large(10) });
  await eventually(() => producer.status.counters.confirmedByOperation['insert'] === 1, { timeoutMs: PATIENCE_MS });
}

describe.each(['json', 'bson'])('claimCheck, with %s', (format) => {
  it('brings a document of 10 MB whole to the handlers, inserted and updated, in small messages', async () => {
    const copies = await producer.bindQueue();
    await consumers.consumer({ handlers: [recorder] });
    await startProducer({ format });
    await collection().insertOne({ _id: 1, text: large(10) });
    await collection().updateOne({ _id: 1 }, { $set: { seen: true } });
    await eventually(() => recorder.events.length === 2, { timeoutMs: PATIENCE_MS });

    expect(recorded()).toEqual([
      { operation: 'insert', text: sha256(large(10)), omitted: undefined },
      { operation: 'update', text: sha256(large(10)), omitted: undefined },
    ]);
    expect(producer.status.counters).toMatchObject({ claimed: 2, omitted: 0 });
    const messages = await producer.take(copies);
    expect(Math.max(...messages.map(({ content }) => content.length))).toBeLessThan(4096);
    const { event } = decodeChangeEvent(messages[1]?.content ?? Buffer.alloc(0), messages[1]?.properties.contentType);
    expect(event).toMatchObject({ operation: 'update', omitted: { fullDocument: true } });
    expect(event).toMatchObject({ updateDescription: { updatedFields: { seen: true } } });
  });
});

it('a document as large as MongoDB takes, 15.9 MB, reaches the handlers', async () => {
  await consumers.consumer({ handlers: [recorder] });
  await startProducer();
  await collection().insertOne({ _id: 1, text: large(15.9) });
  await eventually(() => recorder.events.length === 1, { timeoutMs: PATIENCE_MS });
  expect(recorded()).toEqual([{ operation: 'insert', text: sha256(large(15.9)), omitted: undefined }]);
});

describe('an event over 16 MB, which the server splits', () => {
  it('reaches the handlers as one: pre-image, document and update together', async () => {
    await producer.db.createCollection('documents', { changeStreamPreAndPostImages: { enabled: true } });
    await collection().insertOne({ _id: 1, text: large(10) });
    await consumers.consumer({ handlers: [recorder] });
    await startProducer({ fullDocumentBeforeChange: 'whenAvailable' });
    await collection().updateOne({ _id: 1 }, { $set: { text: large(10, 'b') } });
    await collection().insertOne({ _id: 2, text: 'behind it' });
    await eventually(() => recorder.events.length === 2, { timeoutMs: PATIENCE_MS });
    const update = recorder.events.find((event) => event.operation === 'update');
    expect(sha256(update?.fullDocumentBeforeChange?.['text'])).toBe(sha256(large(10)));
    expect(sha256(update?.fullDocument?.['text'])).toBe(sha256(large(10, 'b')));
    expect(sha256(update?.updateDescription.updatedFields?.['text'])).toBe(sha256(large(10, 'b')));
    expect(producer.status.counters).toMatchObject({ captured: 2, claimed: 1 });
  });
});

describe('a stored body', () => {
  it('that is gone makes a dead letter, "expired", which keeps its reference', async () => {
    await aWaitingClaim();
    const claim = (await files().findOne())?.filename;
    await files().deleteMany({});
    const consumer = await consumers.consumer({ handlers: [recorder] });
    const { properties } = await letterOf();
    expect(properties.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.reason]: 'expired',
      [DEAD_LETTER_HEADERS.errorName]: 'ClaimExpiredError',
      [HEADER_CLAIM]: claim,
    });
    expect(recorder.events).toEqual([]);
    expect((await consumer.group()).counters.deadLettered).toBe(1);
  });

  it('that is not what was stored is refused, and its event is a dead letter, "unreadable"', async () => {
    await aWaitingClaim();
    const data = (await chunks().findOne({ n: 3 }, { promoteBuffers: true }))?.data ?? Buffer.alloc(0);
    data[1000] = (data[1000] ?? 0) ^ 1;
    await chunks().updateOne({ n: 3 }, { $set: { data } });
    await consumers.consumer({ handlers: [recorder] });
    const { properties } = await letterOf();
    expect(properties.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.reason]: 'unreadable',
      [DEAD_LETTER_HEADERS.errorName]: 'ClaimCorruptError',
    });
    expect(recorder.events).toEqual([]);
  });

  it('is waited for while the state database is away', async () => {
    const consumer = await consumers.consumer({ handlers: [recorder] });
    await startProducer();
    consumers.mongoGate.shut();
    await eventually(async () => (await consumer.ready()).status === 503);
    await collection().insertOne({ _id: 1, text: large(10) });
    await eventually(() => producer.status.counters.confirmedByOperation['insert'] === 1, { timeoutMs: PATIENCE_MS });
    await eventually(
      async () =>
        (await consumers.broker.depth(consumers.queue(0))) + (await consumers.broker.depth(consumers.queue(1))) === 0,
    );
    expect(recorder.events).toEqual([]);
    consumers.mongoGate.open();
    await eventually(() => recorder.events.length === 1, { timeoutMs: PATIENCE_MS });
    expect(recorded()).toEqual([{ operation: 'insert', text: sha256(large(10)), omitted: undefined }]);
    expect((await consumer.group()).counters.deadLettered).toBe(0);
  });
});

describe('bodies in the state database', () => {
  const bodies = () => producer.part(ClaimedBodies);
  const fileOf = async (claim: string) => {
    const file = await files().findOne({ filename: claim });
    if (file === null) throw new Error(`nothing is stored as ${claim}`);
    return file._id;
  };
  const age = async (claim: string, hours: number) =>
    files().updateOne({ _id: await fileOf(claim) }, { $set: { uploadDate: new Date(Date.now() - hours * 3_600_000) } });
  beforeEach(async () => {
    await startProducer();
  });

  it('are written once, however often the same change is read again', async () => {
    await bodies().put('event.digest', Buffer.alloc(MEBIBYTE));
    await bodies().put('event.digest', Buffer.alloc(MEBIBYTE));
    expect(await files().countDocuments()).toBe(1);
    expect(await chunks().countDocuments()).toBe(5);
  });

  it('are written again when they are old or not whole, so that no message refers to what a sweep takes soon', async () => {
    await bodies().put('event.old', Buffer.alloc(MEBIBYTE));
    await age('event.old', 361);
    await bodies().put('event.old', Buffer.alloc(MEBIBYTE));
    expect(await files().countDocuments({ filename: 'event.old' })).toBe(2);
    await bodies().put('event.torn', Buffer.alloc(MEBIBYTE));
    await chunks().deleteOne({ files_id: await fileOf('event.torn') });
    await bodies().put('event.torn', Buffer.alloc(MEBIBYTE));
    expect(await files().countDocuments({ filename: 'event.torn' })).toBe(2);
  });

  it('are swept when their time is over, with their chunks and the chunks of uploads that never ended; others stay', async () => {
    for (const claim of ['event.expired', 'event.young']) await bodies().put(claim, Buffer.alloc(MEBIBYTE));
    await age('event.expired', 721);
    const hoursAgo = (hours: number) => ObjectId.createFromTime(Math.floor(Date.now() / 1000 - hours * 3600));
    const data = Buffer.alloc(100);
    const [halfDone, underWay] = [hoursAgo(2), hoursAgo(0.5)];
    await chunks().insertMany([
      { files_id: halfDone, n: 0, data },
      { files_id: halfDone, n: 1, data },
      { files_id: underWay, n: 0, data },
    ]);
    const swept = await Promise.all([bodies().sweep(), bodies().sweep()]);
    expect(swept.reduce((sum, each) => sum + each.bodies, 0)).toBe(1);
    expect((await files().find().toArray()).map(({ filename }) => filename)).toEqual(['event.young']);
    const owners = new Set((await chunks().find().toArray()).map(({ files_id }) => String(files_id)));
    expect(owners).toEqual(new Set([String(await fileOf('event.young')), String(underWay)]));
    expect(await bodies().sweep()).toEqual({ bodies: 0, fragments: 0 });
  });
});

describe('the body of an event that waits to be published', () => {
  const small = { maxMessageBytes: 1024 };
  const text = 'a'.repeat(10_000);
  const uploadedAt = async () => (await files().findOne())?.uploadDate.getTime() ?? 0;

  it('is renewed while its stream is held: it is kept from when its message is on its way', async () => {
    const seconds = 1 / 3600;
    await producer.start(small, { LEASE_MS, CLAIM_RETENTION_HOURS: 4 * seconds });
    await producer.running();
    await collection().insertOne({ _id: 1, text });
    await eventually(() => producer.status.state === 'held');
    const first = await uploadedAt();
    expect(first).toBeGreaterThan(0);
    await eventually(async () => (await uploadedAt()) > first);
  });

  it('is swept neither while it is parked, however long, nor when it has gone out', async () => {
    await producer.registerGroup('search', ['#']);
    await startProducer({ ...small, onUnroutable: 'park' });
    await collection().insertOne({ _id: 1, text });
    await eventually(() => producer.status.parked === 1);
    await files().updateMany({}, { $set: { uploadDate: new Date(Date.now() - 721 * 3_600_000) } });
    await producer.part(ClaimSweeper).sweep();
    expect(await files().countDocuments()).toBe(1);

    const { stop } = await consumers.consumer({ handlers: [recorder] });
    await stop();
    await eventually(() => producer.status.parked === 0, { timeoutMs: PATIENCE_MS });
    await producer.part(ClaimSweeper).sweep();
    await consumers.consumer({ handlers: [recorder] });
    await eventually(() => recorder.events.length === 1, { timeoutMs: PATIENCE_MS });
    expect(recorded()).toEqual([{ operation: 'insert', text: sha256(text), omitted: undefined }]);
  });
});

describe('omitDocument', () => {
  it('brings the event without its document, marked, and stores nothing', async () => {
    await consumers.consumer({ handlers: [recorder] });
    await startProducer({ onOversize: 'omitDocument' });
    await collection().insertOne({ _id: 1, text: large(10) });
    await collection().updateOne({ _id: 1 }, { $set: { seen: true } });
    await eventually(() => recorder.events.length === 2, { timeoutMs: PATIENCE_MS });
    expect(recorder.events).toMatchObject([
      { operation: 'insert', documentKey: { _id: 1 }, omitted: { fullDocument: true } },
      { operation: 'update', omitted: { fullDocument: true }, updateDescription: { updatedFields: { seen: true } } },
    ]);
    expect(recorder.events[0]).not.toHaveProperty('fullDocument');
    expect(producer.status.counters).toMatchObject({ claimed: 0, omitted: 2 });
    expect(await files().countDocuments()).toBe(0);
  });
});
