import { MongoClient } from 'mongodb';

const BATCH = 1_000;
/** What the fields below cost without the padding. */
const FIELDS_BYTES = 180;

/** An order as a shop would keep it, of about `bytes` bytes of BSON. */
function anOrder(n, bytes) {
  return {
    n,
    customer: `customer ${n}`,
    at: new Date(1_767_225_600_000 + n),
    total: 12.5 + n,
    paid: n % 2 === 0,
    tags: ['new', 'web'],
    address: { street: 'Main Street', number: n % 100 },
    note: 'x'.repeat(Math.max(0, bytes - FIELDS_BYTES)),
  };
}

/**
 * Writes the section of the oplog that every contender reads: `events` inserts into a database of its own. Answers the
 * cluster time at which it begins.
 */
export async function writeSection({ uri, database, events, bytes, progress = () => undefined }) {
  const client = await MongoClient.connect(uri);
  try {
    const { operationTime } = await client.db(database).command({ ping: 1 });
    const collection = client.db(database).collection('orders');
    for (let n = 0; n < events; n += BATCH) {
      const size = Math.min(BATCH, events - n);
      await collection.insertMany(Array.from({ length: size }, (_, index) => anOrder(n + index, bytes)));
      progress(n + size);
    }
    return { database, events, bytes, start: { t: operationTime.t, i: operationTime.i } };
  } finally {
    await client.close();
  }
}

export async function dropDatabase({ uri, database }) {
  const client = await MongoClient.connect(uri);
  await client.db(database).dropDatabase();
  await client.close();
}
