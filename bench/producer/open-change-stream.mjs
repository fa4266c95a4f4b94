import { Timestamp } from 'mongodb';

/** The section's change stream as Node.js programs commonly open it: the driver's `ChangeStream`, a look-up for updates. */
export function openChangeStream(client) {
  const { BENCH_DATABASE, BENCH_COLLECTION, BENCH_START } = process.env;
  return client
    .db(BENCH_DATABASE)
    .collection(BENCH_COLLECTION)
    .watch([], {
      fullDocument: 'updateLookup',
      startAtOperationTime: new Timestamp(JSON.parse(BENCH_START)),
      batchSize: 1_000,
    });
}
