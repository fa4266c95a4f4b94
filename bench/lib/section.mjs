import { MongoClient } from 'mongodb';
import { anOrder } from './order.mjs';

/** Of all orders, where a section has one collection. */
export const COLLECTION = 'orders';

const BATCH_BYTES = 2_000_000;
const MOST_IN_A_BATCH = 1_000;

/**
 * Writes the section of the oplog that every contender reads: `events` inserts into a database of its own, in turns
 * into `orders`, or `orders-0` … where it has several collections. Answers the cluster time at which it begins, and the
 * one collection, whose change stream is read then.
 */
export async function writeSection({ bench, database, events, bytes, collections = 1, progress = () => undefined }) {
  const { uri } = bench.servers.mongodb;
  const start = await operationTime({ uri, database });
  const client = await MongoClient.connect(uri);
  const batch = Math.max(1, Math.min(MOST_IN_A_BATCH, Math.floor(BATCH_BYTES / bytes)));
  try {
    for (let n = 0; n < events; n += batch) {
      bench.signal.throwIfAborted();
      const size = Math.min(batch, events - n);
      const collection = collections === 1 ? COLLECTION : collectionOf((n / batch) % collections);
      const documents = Array.from({ length: size }, (_, index) => anOrder(n + index, bytes));
      await client.db(database).collection(collection).insertMany(documents);
      progress(n + size, events);
    }
    return { database, ...(collections === 1 ? { collection: COLLECTION } : {}), events, bytes, start };
  } finally {
    await client.close();
  }
}

let databases = 0;

/**
 * A name that nothing has been written under: a stream that begins at a time begins with that whole second, and would
 * tell what an earlier run wrote in it.
 */
export function untouchedDatabase() {
  databases += 1;
  return `bench-run-${databases}`;
}

/** The cluster time of now, where a stream may begin. */
export async function operationTime({ uri, database }) {
  const client = await MongoClient.connect(uri);
  try {
    const { operationTime: now } = await client.db(database).command({ ping: 1 });
    return { t: now.t, i: now.i };
  } finally {
    await client.close();
  }
}

export function collectionOf(index) {
  return `orders-${index}`;
}

export async function dropDatabase({ uri, database }) {
  const client = await MongoClient.connect(uri);
  try {
    await client.db(database).dropDatabase();
  } finally {
    await client.close();
  }
}
