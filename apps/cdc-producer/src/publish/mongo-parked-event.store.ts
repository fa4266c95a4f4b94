import { Injectable } from '@nestjs/common';
import { HEADER_CLAIM } from '@sluice/contracts';
import { DURABLE, MAJORITY_READ, MongoLink, stateCollection } from '@sluice/platform';
import { Binary, type ClientSession, type Collection } from 'mongodb';
import { claimIn } from '../claim-check/message.claim.js';
import type { SaveResult } from '../checkpoint/checkpoint.js';
import { streamRecords } from '../checkpoint/stream-record.js';
import type { ChangeMessage } from './change-message.js';
import { ParkedEventStore, type DocumentHash, type ParkedDocument } from './parked-event.js';

interface ParkedRecord extends Omit<ChangeMessage, 'id' | 'body'> {
  readonly _id: { readonly stream: string; readonly id: string };
  readonly stream: string;
  readonly body: Binary;
  readonly parkedAt: Date;
}

/** What is read at a time: bodies may be large. */
const PAGE_EVENTS = 500;
const PAGE_BYTES = 8 * 1024 * 1024;

class FencedError extends Error {}

/** Parked events in the state database, one document each. */
@Injectable()
export class MongoParkedEventStore extends ParkedEventStore {
  private indexed = false;

  constructor(private readonly link: MongoLink) {
    super();
  }

  park(stream: string, epoch: number, messages: readonly ChangeMessage[]): Promise<SaveResult> {
    const parkedAt = new Date();
    const inserts = messages.map(({ id, body, ...rest }) => ({
      updateOne: {
        filter: { _id: { stream, id } },
        update: { $setOnInsert: { stream, ...rest, body: new Binary(body), parkedAt } },
        upsert: true,
      },
    }));
    return this.whileHeld(stream, epoch, async (session) => {
      await this.events.bulkWrite(inserts, { session });
    });
  }

  remove(stream: string, epoch: number, ids: readonly string[]): Promise<SaveResult> {
    return this.whileHeld(stream, epoch, async (session) => {
      await this.events.deleteMany({ _id: { $in: ids.map((id) => ({ stream, id })) } }, { session });
    });
  }

  async documents(stream: string): Promise<readonly ParkedDocument[]> {
    await this.index();
    const some = await this.events.findOne({ stream }, { ...MAJORITY_READ, projection: { _id: 1 } });
    if (some === null) return []; // as nearly always: no aggregation for each stream that starts
    const groups = this.events.aggregate<{ _id: DocumentHash; events: number; newest: string }>(
      [{ $match: { stream } }, { $group: { _id: '$document', events: { $sum: 1 }, newest: { $max: '$position' } } }],
      MAJORITY_READ,
    );
    return (await groups.toArray()).map(({ _id, ...parked }) => ({ document: _id, ...parked }));
  }

  async oldest(stream: string, behind: string | undefined): Promise<readonly ChangeMessage[]> {
    const filter = behind === undefined ? { stream } : { stream, position: { $gt: behind } };
    const found = this.events.find(filter, MAJORITY_READ).sort({ position: 1 }).limit(PAGE_EVENTS);
    const page: ChangeMessage[] = [];
    let bytes = 0;
    for await (const record of found) {
      const message = messageOf(record);
      page.push(message);
      bytes += message.body.length;
      if (bytes >= PAGE_BYTES) break;
    }
    return page;
  }

  async claims(): Promise<ReadonlySet<string>> {
    const field = `properties.headers.${HEADER_CLAIM}`;
    const events = this.events.find({ [field]: { $exists: true } }, { ...MAJORITY_READ, projection: { [field]: 1 } });
    const claims = new Set<string>();
    for await (const event of events) claims.add(claimIn(event) ?? '');
    return claims;
  }

  async stillParked(stream: string, documents: readonly DocumentHash[]): Promise<ReadonlySet<DocumentHash>> {
    const filter = { stream, document: { $in: [...documents] } };
    return new Set(await this.events.distinct('document', filter, MAJORITY_READ));
  }

  /** In one transaction with a write to the stream's own document, so that a taking of the stream conflicts with it. */
  private async whileHeld(
    stream: string,
    epoch: number,
    work: (session: ClientSession) => Promise<void>,
  ): Promise<SaveResult> {
    try {
      await this.link.connection.getClient().withSession((session) =>
        session.withTransaction(
          async () => {
            const held = await streamRecords(this.link).updateOne(
              { _id: stream, epoch },
              { $currentDate: { parkingAt: true } },
              { session },
            );
            if (held.matchedCount === 0) throw new FencedError();
            await work(session);
          },
          { writeConcern: DURABLE },
        ),
      );
      return 'saved';
    } catch (error) {
      if (error instanceof FencedError) return 'fenced';
      throw error;
    }
  }

  /** Before the first transaction, which could not make the collection on every server. */
  private async index(): Promise<void> {
    if (this.indexed) return;
    await this.events.createIndexes([{ key: { stream: 1, position: 1 } }, { key: { stream: 1, document: 1 } }]);
    this.indexed = true;
  }

  private get events(): Collection<ParkedRecord> {
    return stateCollection<ParkedRecord>(this.link, 'parkedEvents');
  }
}

function messageOf({ _id, pattern, operation, position, document, ...record }: ParkedRecord): ChangeMessage {
  const { exchange, routingKey, body, properties } = record;
  const bytes = Buffer.from(body.buffer.buffer, body.buffer.byteOffset, body.position);
  return { id: _id.id, pattern, operation, position, document, exchange, routingKey, body: bytes, properties };
}
