import { randomBytes } from 'node:crypto';
import type { MongoClient, Timestamp } from 'mongodb';
import { OplogReader } from '../../apps/cdc-producer/src/change-stream/oplog.reader.js';

/** Writes to a database of its own until the oplog's oldest entry is later than `time`; needs a small oplog. */
export async function rollOplogPast(mongo: MongoClient, time: Timestamp): Promise<void> {
  const oplog = new OplogReader(() => mongo, 'primary');
  const elsewhere = mongo.db(`noise_${randomBytes(5).toString('hex')}`);
  const text = 'x'.repeat(20_000);
  while (((await oplog.oldest())?.compare(time) ?? -1) <= 0) {
    await elsewhere.collection('noise').insertMany(Array.from({ length: 200 }, () => ({ text })));
    await elsewhere.collection('noise').deleteMany({});
  }
  await elsewhere.dropDatabase();
}
