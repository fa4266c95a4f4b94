import { STREAMS_COLLECTION, type Position } from '@sluice/contracts';
import { DURABLE, isDuplicateKey, type MongoLink, stateCollection } from '@sluice/platform';
import type { Collection, Document, Timestamp } from 'mongodb';
import type { PositionAudit } from './position-change.js';
import type { SavedPosition } from './saved-position.js';
import type { ProcessMark } from '../lease/process-mark.js';

/** One stream in the state database: who holds it, how often it was taken (epoch), where it stands, what it shall do. */
export interface StreamRecord {
  readonly _id: string;
  readonly epoch: number;
  readonly generation: number;
  readonly pipelineHash: string | null;
  /** Position of the last confirmed event. */
  readonly last: Position | null;
  /** How far reading has come. */
  readonly readTo: { readonly token: Document | null; readonly time: Timestamp | null } | null;
  readonly savedAt: Date | null;
  /** Counts the saves of the epoch. */
  readonly serial: number;
  /** Counts what operators have changed of the position, and the last of it: one write with the position itself. */
  readonly changes: number;
  readonly lastChange: PositionAudit | null;
  /** The producer that holds the stream; null once it has let go. */
  readonly holder: string | null;
  /** The holder's process, for producers on the same machine. */
  readonly process: ProcessMark | null;
  /** The server's time at which the lease runs out. */
  readonly leaseUntil: Date | null;
  /** The server's time when somebody last looked whether the stream is free. */
  readonly seenAt?: Date | null;
  /** When events of it were last parked or taken away. */
  readonly parkingAt?: Date;
  /** While it is there nobody takes the stream, and its holder lets go. */
  readonly pause: { readonly since: Date; readonly by: string | null; readonly reason: string | null } | null;
  /** Goes up with each pause, resume and restart: producers see by it that there is something to do. */
  readonly revision: number;
  readonly restarts: number;
  /** See `streamSettlementSchema`. */
  readonly settled?: Readonly<Record<string, string>>;
}

/** What a stream's document begins with. */
const FIRST: Omit<StreamRecord, '_id' | 'seenAt'> = {
  epoch: 0,
  generation: 0,
  pipelineHash: null,
  last: null,
  readTo: null,
  savedAt: null,
  serial: 0,
  changes: 0,
  lastChange: null,
  holder: null,
  process: null,
  leaseUntil: null,
  pause: null,
  revision: 0,
  restarts: 0,
};

/** For an update pipeline: gives a document, new or of an older version, the fields that it does not have. */
export const FIRST_FIELDS: Document = Object.fromEntries(
  Object.entries(FIRST).map(([field, value]) => [field, { $ifNull: [`$${field}`, value] }]),
);

export function streamRecords(link: MongoLink): Collection<StreamRecord> {
  return stateCollection<StreamRecord>(link, STREAMS_COLLECTION);
}

/** A document of an older version has not all of the fields. */
export function savedPositionOf({ epoch, serial, last, readTo, savedAt }: Partial<StreamRecord>): SavedPosition {
  const checkpoint = readTo ? { last: last ?? null, readTo } : null;
  return { epoch: epoch ?? 0, serial: serial ?? 0, checkpoint, savedAt: savedAt ?? null };
}

/** The first may meet other producers that make the document in the same moment: servers tell that in two ways. */
const ATTEMPTS = 3;

/** Changes a stream's document by an update pipeline, and makes it where it is the first to; answers it as it is then. */
export async function upsertRecord(link: MongoLink, stream: string, fields: Document): Promise<StreamRecord> {
  const options = { upsert: true, returnDocument: 'after', writeConcern: DURABLE } as const;
  const update = [{ $set: FIRST_FIELDS }, { $set: fields }];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const record = await streamRecords(link).findOneAndUpdate({ _id: stream }, update, options);
      if (record !== null) return record;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  throw new Error(`the document of stream "${stream}" was not written`);
}
