import type { BsonDocument } from '@sluice/contracts';
import type { Timestamp } from 'bson';
import type { EqualityTerm } from '../subscription/equality-term.js';
import type { IndexShape } from './snapshot.plan.js';

/** What is read for a snapshot. */
export interface SnapshotQuery {
  readonly namespace: string;
  readonly terms: readonly EqualityTerm[];
  readonly index: string;
  readonly batchSize: number;
}

/** Documents as they all were at one moment. */
export interface SnapshotReading {
  /** The next ones; none: that was all. */
  next(): Promise<readonly BsonDocument[]>;
  /** The moment, which is known from the first answer on. @throws Error before */
  readonly at: Timestamp;
  close(): Promise<void>;
}

/** The documents that subscriptions are about. */
export abstract class DocumentSource {
  abstract indexes(namespace: string): Promise<readonly IndexShape[]>;
  /** Up to `limit`. */
  abstract count(query: SnapshotQuery, limit: number): Promise<number>;
  abstract read(query: SnapshotQuery): SnapshotReading;
  /** One document, if it matches. */
  abstract find(namespace: string, terms: readonly EqualityTerm[]): Promise<BsonDocument | null>;
}
