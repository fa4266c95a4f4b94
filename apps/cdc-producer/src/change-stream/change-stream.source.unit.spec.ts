import { documentOf, type RawChange } from '@sluice/contracts';
import { BSON, Long, Timestamp, type Document, type MongoClient } from 'mongodb';
import { expect, it } from 'vitest';
import { streamSchema } from '../config/streams-file.schema.js';
import { streamPipeline } from '../filter/stream.pipeline.js';
import { ChangeStreamSource } from './change-stream.source.js';

type Reply = Error | { readonly events: readonly Uint8Array[]; readonly token: string };

const stream = streamSchema.parse({ name: 'shop', scope: { database: 'shop' } });
const split = { $changeStreamSplitLargeEvent: {} };

/** A document of the server's; `fragment` of 2 where it is split. */
function eventOf(id: number, token: string, fragment?: 1 | 2): Uint8Array {
  const large = { fullDocument: { _id: id } };
  const small = {
    operationType: 'insert',
    clusterTime: new Timestamp({ t: 1, i: id }),
    ns: { db: 'shop', coll: 'orders' },
    documentKey: { _id: id },
  };
  const part = fragment === undefined ? { ...small, ...large } : fragment === 1 ? small : large;
  const splitEvent = fragment === undefined ? {} : { splitEvent: { fragment, of: 2 } };
  return BSON.serialize({ _id: { _data: token }, ...part, ...splitEvent });
}

/** A client whose cursors give these replies, one list for each opening; what they were opened with is kept. */
function clientOf(openings: readonly (readonly Reply[])[]) {
  const pipelines: Document[][] = [];
  const aggregate = (pipeline: Document[]) => {
    const replies = [...(openings[pipelines.length] ?? [])];
    pipelines.push(pipeline);
    let reply: Reply | undefined;
    const fetch = () => {
      reply = replies.shift() ?? new Error('no more replies');
      return reply instanceof Error ? Promise.reject(reply) : Promise.resolve();
    };
    return {
      cursorId: Long.ONE,
      get documents() {
        if (reply instanceof Error) return null;
        const nextBatch = (reply?.events ?? []).map((event) => BSON.deserialize(event));
        const toBytes = () => BSON.serialize({ cursor: { nextBatch } });
        return { postBatchResumeToken: { _data: reply?.token }, operationTime: null, toBytes };
      },
      set documents(_taken) {
        reply = undefined;
      },
      cursorInit: fetch,
      fetchBatch: fetch,
      close: () => Promise.resolve(),
    };
  };
  const client = { db: () => ({ aggregate }) } as unknown as MongoClient; // the cursor asks for nothing else
  return { client, pipelines };
}

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
