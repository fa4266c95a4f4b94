import { Injectable } from '@nestjs/common';
import { documentOf, parseNamespace, type BsonDocument } from '@sluice/contracts';
import { MAJORITY_READ, MongoLink, stateDatabase } from '@sluice/platform';
import type { Timestamp } from 'bson';
import type { ClientSession, Collection, FindCursor, FindOptions } from 'mongodb';
import type { EqualityTerm } from '../subscription/equality-term.js';
import { DocumentSource, type SnapshotQuery, type SnapshotReading } from './document.source.js';
import type { IndexShape } from './snapshot.plan.js';

const MAX_TIME_MS = 30_000;
/**
 * Of the primary: a secondary may not have yet what the feed has told. Raw, and decoded as an event's documents are: the
 * driver's own values are of another copy of BSON's classes, which `instanceof` does not know.
 */
const READ: FindOptions = { raw: true, readPreference: 'primary', maxTimeMS: MAX_TIME_MS };
const NAMESPACE_NOT_FOUND = 26;

/** Reads them from MongoDB; snapshots with its read concern `snapshot`, so that no write falls between two batches. */
@Injectable()
export class MongoDocumentSource extends DocumentSource {
  constructor(private readonly link: MongoLink) {
    super();
  }

  override async indexes(namespace: string): Promise<readonly IndexShape[]> {
    try {
      return (await this.collection(namespace).indexes()) as IndexShape[]; // the driver's type leaves the same out
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === NAMESPACE_NOT_FOUND) return [];
      throw error;
    }
  }

  override count({ namespace, terms, index }: SnapshotQuery, limit: number): Promise<number> {
    const options = { limit, hint: index, maxTimeMS: MAX_TIME_MS, readPreference: 'primary' } as const;
    return this.collection(namespace).countDocuments(filterOf(terms), options);
  }

  override read({ namespace, terms, index, batchSize }: SnapshotQuery): SnapshotReading {
    const session = this.link.connection.getClient().startSession({ snapshot: true });
    const options: FindOptions = { ...READ, session, batchSize, hint: index };
    return new MongoSnapshotReading(this.collection(namespace).find<Uint8Array>(filterOf(terms), options), session);
  }

  override async find(namespace: string, terms: readonly EqualityTerm[]): Promise<BsonDocument | null> {
    const options = { ...READ, ...MAJORITY_READ };
    const found = await this.collection(namespace).findOne<Uint8Array>(filterOf(terms), options);
    return found === null ? null : documentOf(found);
  }

  private collection(namespace: string): Collection {
    const { db, coll = '' } = parseNamespace(namespace);
    stateDatabase(this.link); // throws at once while MongoDB is away
    return this.link.connection.getClient().db(db).collection(coll);
  }
}

class MongoSnapshotReading implements SnapshotReading {
  constructor(
    private readonly cursor: FindCursor<Uint8Array>,
    private readonly session: ClientSession,
  ) {}

  get at(): Timestamp {
    const { snapshotTime } = this.session as ClientSession & { snapshotTime?: Timestamp }; // the driver's types hide it
    if (snapshotTime === undefined) throw new Error('the server has no snapshot reads (MongoDB 5.0 or later has)');
    return snapshotTime;
  }

  async next(): Promise<readonly BsonDocument[]> {
    const first = await this.cursor.next();
    return first === null ? [] : [first, ...this.cursor.readBufferedDocuments()].map(documentOf);
  }

  async close(): Promise<void> {
    await this.cursor.close();
    await this.session.endSession();
  }
}

/** `$eq`, so that no value is taken for an operator or a pattern. */
function filterOf(terms: readonly EqualityTerm[]): Record<string, unknown> {
  return Object.fromEntries(terms.map(({ path, value }) => [path, { $eq: value }]));
}
