import { eventIdOf, readRawChange } from '@sluice/contracts';
import { BSON, type Db, type MongoClient } from 'mongodb';
import { RawChangeCursor } from '../../apps/cdc-producer/src/change-stream/raw-change.cursor.js';

/** A change as MongoDB itself tells it. */
export interface CommittedChange {
  readonly id: string;
  readonly document: string;
}

/** What was committed to a database behind a token, read by a change stream of the test's own. */
export async function committedChanges(client: MongoClient, db: Db, startAfter: object): Promise<CommittedChange[]> {
  const marker = db.collection<{ _id: string }>('marker');
  await marker.insertOne({ _id: 'end' });
  const cursor = new RawChangeCursor(client, { database: db.databaseName }, [{ $changeStream: { startAfter } }], {
    batchSize: 1000,
    maxAwaitTimeMs: 100,
  });
  const changes: CommittedChange[] = [];
  try {
    for (let batch = await cursor.open(); ; batch = await cursor.next()) {
      for (const bson of batch.events) {
        const change = readRawChange(bson);
        changes.push({ id: eventIdOf(change.identity), document: documentOfChange(bson) });
        if (change.ns.coll === 'marker') return changes;
      }
    }
  } finally {
    await cursor.close();
  }
}

function documentOfChange(bson: Uint8Array): string {
  const { ns, documentKey } = BSON.deserialize(bson) as { ns: { coll: string }; documentKey: object };
  return `${ns.coll} ${BSON.EJSON.stringify(documentKey)}`;
}
