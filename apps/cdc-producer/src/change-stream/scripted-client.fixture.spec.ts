import { BSON, Long, Timestamp, type Document, type MongoClient } from 'mongodb';

/** What a server answers to one request of a change stream. */
export type Reply =
  Error | { readonly events: readonly Uint8Array[]; readonly token: string; readonly operationTime?: Timestamp };

/** A document of the server's; `fragment` of 2 where it is split. */
export function eventOf(id: number, token: string, fragment?: 1 | 2, text = ''): Uint8Array {
  const large = { fullDocument: { _id: id, text } };
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

/** A client whose cursors give these replies, one list for each opening; what they were opened with and asked for is kept. */
export function clientOf(openings: readonly (readonly Reply[])[]) {
  const pipelines: Document[][] = [];
  const batchSizes: (number | undefined)[] = [];
  const aggregate = (pipeline: Document[], options: { batchSize?: number }) => {
    const cursorOptions = { ...options };
    const replies = [...(openings[pipelines.length] ?? [])];
    pipelines.push(pipeline);
    let reply: Reply | undefined;
    const fetch = () => {
      batchSizes.push(cursorOptions.batchSize);
      reply = replies.shift() ?? new Error('no more replies');
      return reply instanceof Error ? Promise.reject(reply) : Promise.resolve();
    };
    return {
      cursorId: Long.ONE,
      cursorOptions,
      get documents() {
        if (reply instanceof Error) return null;
        const nextBatch = (reply?.events ?? []).map((event) => BSON.deserialize(event));
        const toBytes = () => BSON.serialize({ cursor: { nextBatch } });
        return { postBatchResumeToken: { _data: reply?.token }, operationTime: reply?.operationTime ?? null, toBytes };
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
  return { client, pipelines, batchSizes };
}
