import { Timestamp, type Document, type MongoClient } from 'mongodb';
import type { ReadPreference } from '../config/streams-file.schema.js';

/** The server gives up looking for the oldest entry after so long. */
export const LONGEST_LOOK_MS = 5_000;

/** What the server's replication log tells; not every user may read it, and a sharded cluster's router has none. */
export class OplogReader {
  constructor(
    private readonly client: () => MongoClient,
    private readonly readPreference: ReadPreference,
  ) {}

  /**
   * The cluster time of the oldest entry: a stream can be opened at it, and at nothing before it. Null where there is
   * no entry. Rejects with code 13 where the user may not `find` on `local`.
   */
  async oldest(): Promise<Timestamp | null> {
    const oplog = this.client().db('local').collection('oplog.rs');
    const { readPreference } = this;
    // A hint, not a sort: both read from the oldest entry on, and a server that sorts for real is spared it.
    const options = {
      hint: { $natural: 1 },
      projection: { ts: 1 },
      maxTimeMS: LONGEST_LOOK_MS,
      readPreference,
    } as const;
    const entry = await oplog.findOne({}, options);
    const ts: unknown = entry?.['ts'];
    return ts instanceof Timestamp ? ts : null;
  }

  /** The server's present cluster time; this process' clock where the server tells none. */
  async now(): Promise<Timestamp> {
    const reply: Document = await this.client().db('admin').command({ ping: 1 });
    const operationTime: unknown = reply['operationTime'];
    if (operationTime instanceof Timestamp) return operationTime;
    return new Timestamp({ t: Math.floor(Date.now() / 1000), i: 0 });
  }
}
