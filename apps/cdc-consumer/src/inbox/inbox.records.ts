import { FENCE_COLLECTION, INBOX_COLLECTION, parsePositionKey, positionKey } from '@sluice/contracts';
import { fenceKeyOf, type FencedDocument, type FenceKey, type InboxEntry, type Version } from '@sluice/handlers';
import type { ClientSession, Collection } from 'mongodb';
import type { Connection } from 'mongoose';

interface EntryRecord {
  readonly _id: { readonly group: string; readonly handler: string; readonly event: string };
  /** Where the event stood when it was handled first: for an operator who wants all since then handled again. */
  readonly stream?: string;
  readonly position?: string;
  readonly handledAt: Date;
}

interface FenceRecord {
  readonly _id: FenceKey;
  /** For people: the key holds a hash of it. */
  readonly documentId: unknown;
  readonly event: string;
  readonly stream: string;
  readonly position: string;
  /** A tombstone has it, and goes by it. */
  readonly deletedAt?: Date;
}

/** What the inbox writes and reads in one transaction. */
export class InboxRecords {
  readonly entries: Collection<EntryRecord>;
  readonly fences: Collection<FenceRecord>;

  /** `connection` must be connected. */
  constructor(connection: Connection) {
    const { db } = connection;
    if (db === undefined) throw new Error(`connection "${connection.name}" has no database yet`);
    this.entries = db.collection<EntryRecord>(INBOX_COLLECTION);
    this.fences = db.collection<FenceRecord>(FENCE_COLLECTION);
  }

  /**
   * Takes the event for this transaction: whoever has it at the same time meets a write conflict before its handler
   * runs. `handledAt` is the server's time.
   */
  async claim(entry: InboxEntry, session: ClientSession): Promise<{ isNew: boolean; handledAt: Date }> {
    const { value, lastErrorObject } = await this.entries.findOneAndUpdate(
      { _id: entryKeyOf(entry) },
      [{ $set: firstOf(entry) }],
      { upsert: true, returnDocument: 'after', includeResultMetadata: true, session },
    );
    if (value === null) throw new Error('an upsert gave no document');
    return { isNew: lastErrorObject?.['updatedExisting'] === false, handledAt: value.handledAt };
  }

  /** An event that is not handled must not be known: what is, is dropped in silence. */
  async release(entry: InboxEntry, session: ClientSession): Promise<void> {
    await this.entries.deleteOne({ _id: entryKeyOf(entry) }, { session });
  }

  async versionOf(entry: InboxEntry, document: FencedDocument, session: ClientSession): Promise<Version | undefined> {
    const record = await this.fences.findOne({ _id: fenceKeyOf(entry, document) }, { session });
    if (record === null) return undefined;
    const position = parsePositionKey(record.position);
    if (position === undefined) throw new Error(`${FENCE_COLLECTION} holds the position "${record.position}"`);
    return { eventId: record.event, stream: record.stream, position };
  }

  async raise(entry: InboxEntry, document: FencedDocument, now: Date, session: ClientSession): Promise<void> {
    const { eventId: event, stream } = entry;
    const tombstone = document.deleted ? { deletedAt: now } : {};
    await this.fences.replaceOne(
      { _id: fenceKeyOf(entry, document) },
      { documentId: document.id, event, stream, position: positionKey(entry.position), ...tombstone },
      { upsert: true, session },
    );
  }
}

/** For an update pipeline; what is there stays. */
function firstOf({ stream, position }: InboxEntry) {
  const first = (field: string, value: unknown) => ({ $ifNull: [`$${field}`, value] });
  return {
    handledAt: first('handledAt', '$$NOW'),
    stream: first('stream', { $literal: stream }),
    position: first('position', { $literal: positionKey(position) }),
  };
}

/** A document, not a text made of the three: a handler's name may hold any character. */
function entryKeyOf({ group, handler, eventId }: InboxEntry): EntryRecord['_id'] {
  return { group, handler, event: eventId };
}
