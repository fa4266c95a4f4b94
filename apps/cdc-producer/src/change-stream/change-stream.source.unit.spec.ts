import { documentOf, type RawChange } from '@sluice/contracts';
import type { Document, MongoClient } from 'mongodb';
import { expect, it } from 'vitest';
import { streamSchema } from '../config/streams-file.schema.js';
import { streamPipeline } from '../filter/stream.pipeline.js';
import { ChangeStreamSource } from './change-stream.source.js';
import { clientOf, eventOf } from './scripted-client.fixture.spec.js';

const stream = streamSchema.parse({ name: 'shop', scope: { database: 'shop' } });
const split = { $changeStreamSplitLargeEvent: {} };

/** A batch that has been gone through. */
interface TakenBatch {
  readonly changes: readonly RawChange[];
  readonly resumeToken: Document | undefined;
}

/** Reads until so many changes have come. */
async function read(client: MongoClient, changes: number): Promise<TakenBatch[]> {
  const stop = new AbortController();
  const listener = { opened: () => undefined, reopening: () => undefined, slimmed: () => undefined };
  const source = new ChangeStreamSource(() => client, stream, streamPipeline(stream, 'sluice'), listener);
  const batches: TakenBatch[] = [];
  for await (const batch of source.batches({ kind: 'now' }, stop.signal)) {
    const taken = [...batch.changes];
    batches.push({ changes: taken, resumeToken: batch.resumeToken });
    if (batches.reduce((sum, each) => sum + each.changes.length, 0) >= changes) stop.abort();
  }
  return batches;
}

const keys = (batch: TakenBatch) =>
  batch.changes.map(({ bson }) => (documentOf(bson)['documentKey'] as Document)['_id'] as unknown);
const failure = (code: number) => Object.assign(new Error('failed'), { code });

it('a stream that breaks between the fragments of an event goes on before the event, and sees all of it again', async () => {
  const { client, pipelines } = clientOf([
    [{ events: [eventOf(1, 'a'), eventOf(2, 'b1', 1)], token: 'b1' }, { events: [], token: 'b1' }, failure(43)],
    [
      { events: [eventOf(2, 'b1', 1)], token: 'b1' },
      { events: [eventOf(2, 'b2', 2)], token: 'c' },
    ],
  ]);
  const batches = await read(client, 2);
  expect(batches.map(keys)).toEqual([[1], [], [], [2]]);
  expect(batches.map(({ resumeToken }) => resumeToken?.['_data'] as unknown)).toEqual(['a', undefined, undefined, 'c']);
  expect(pipelines.map(([first]) => (first?.['$changeStream'] as Document)['startAfter'] as unknown)).toEqual([
    undefined,
    { _data: 'a' },
  ]);
  expect(pipelines.map((stages) => stages.at(-1))).toEqual([split, split]);
  const [change] = batches[3]?.changes ?? [];
  expect(documentOf(change?.bson ?? new Uint8Array())).toMatchObject({
    _id: { _data: 'b2' },
    fullDocument: { _id: 2 },
  });
});

it('a server without the stage that splits is read without it, at once and from the same place', async () => {
  const { client, pipelines } = clientOf([[failure(40324)], [{ events: [eventOf(1, 'a')], token: 'a' }]]);
  expect((await read(client, 1)).map(keys)).toEqual([[1]]);
  expect(pipelines[0]?.at(-1)).toEqual(split);
  expect(pipelines[1]).toEqual(pipelines[0]?.slice(0, -1));
});

it('where events are large, fewer are asked for at once: a reply is to have 2 MB, not the 16 that the server would send', async () => {
  const text = 'x'.repeat(100_000);
  const large = (first: number, count: number) => ({
    events: Array.from({ length: count }, (_, at) => eventOf(first + at, `${first + at}`, undefined, text)),
    token: `${first + count}`,
  });
  const small = { events: Array.from({ length: 30 }, (_, at) => eventOf(200 + at, `${200 + at}`)), token: '300' };
  const opened = { events: [], token: '0' };
  const { client, batchSizes } = clientOf([[opened, large(1, 10), large(11, 30), small, small, small, opened]]);
  await read(client, 130);
  const [opening, first, ...others] = batchSizes;
  expect([opening, first]).toEqual([100, 100]);
  // Each is asked for while the one before it is gone through, by the size of those before that.
  expect(others).toEqual([100, 20, 20, 1000, 1000, 1000]);
});
