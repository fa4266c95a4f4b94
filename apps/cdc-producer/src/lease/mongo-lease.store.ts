import { Injectable } from '@nestjs/common';
import { DURABLE, MongoLink } from '@sluice/platform';
import type { Collection, Document } from 'mongodb';
import { streamRecords, upsertRecord, type StreamRecord } from '../checkpoint/stream-record.js';
import { LeaseStore, type GrantedLease, type LeaseSeeker, type LeaseView, type StampedLease } from './lease.js';

const AFTER = { returnDocument: 'after', writeConcern: DURABLE } as const;

/**
 * Leases in the streams' own documents. The server stamps its time into each answer, and the stamp is compared here:
 * one clock for all (docs/adr/0004-a-lease-by-the-servers-clock.md).
 */
@Injectable()
export class MongoLeaseStore extends LeaseStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  async read(stream: string): Promise<LeaseView | undefined> {
    const record = await this.records.findOne({ _id: stream });
    return record === null ? undefined : viewOf(record);
  }

  async look(stream: string): Promise<StampedLease> {
    const record = await upsertRecord(this.link, stream, { seenAt: '$$NOW' });
    if (!record.seenAt) throw new Error(`the document of stream "${stream}" was not stamped`);
    return { ...viewOf(record), seenAt: record.seenAt, isPaused: record.pause !== null };
  }

  async take(
    { stream, epoch, holder, until }: StampedLease,
    { id, process }: LeaseSeeker,
    leaseMs: number,
  ): Promise<GrantedLease | undefined> {
    const record = await this.records.findOneAndUpdate(
      { _id: stream, epoch, holder, leaseUntil: until, pause: null },
      [
        {
          $set: {
            epoch: { $add: ['$epoch', 1] },
            serial: 0,
            holder: { $literal: id },
            process: { $literal: process },
            leaseUntil: inMs(leaseMs),
          },
        },
      ],
      AFTER,
    );
    return record === null ? undefined : grantOf(record, id);
  }

  async renew(stream: string, epoch: number, holder: string, leaseMs: number): Promise<Date | undefined> {
    const record = await this.records.findOneAndUpdate(
      { _id: stream, epoch, holder },
      [{ $set: { leaseUntil: inMs(leaseMs) } }],
      AFTER,
    );
    return record?.leaseUntil ?? undefined;
  }

  async release(stream: string, epoch: number, holder: string): Promise<void> {
    await this.records.updateOne(
      { _id: stream, epoch, holder },
      { $set: { holder: null, process: null, leaseUntil: null } },
      { writeConcern: DURABLE },
    );
  }

  private get records(): Collection<StreamRecord> {
    return streamRecords(this.link);
  }
}

/** So many milliseconds from now by the server's clock; counted as a number, because SecantusDB's Rust server adds no dates. */
function inMs(ms: number): Document {
  return { $toDate: { $add: [{ $toLong: '$$NOW' }, ms] } };
}

/** A document of a producer without leases has none of their fields. */
function viewOf({
  _id,
  epoch,
  holder = null,
  process = null,
  leaseUntil = null,
}: Partial<StreamRecord> & { _id: string }) {
  return { stream: _id, epoch: epoch ?? 0, holder, process, until: leaseUntil };
}

function grantOf(record: StreamRecord, holder: string): GrantedLease {
  const { epoch, generation, pipelineHash, last, readTo, savedAt, leaseUntil, restarts } = record;
  if (leaseUntil === null) throw new Error(`the lease of stream "${record._id}" was taken without a deadline`);
  const checkpoint = readTo === null ? null : { last, readTo };
  const terms = { holder, until: leaseUntil };
  return { taken: { epoch, generation, pipelineHash, checkpoint, savedAt }, terms, restarts: restarts ?? 0 };
}
