import { Injectable } from '@nestjs/common';
import { CLAIM_BUCKET } from '@sluice/contracts';
import { DURABLE, MongoLink, stateDatabase } from '@sluice/platform';
import { GridFSBucket, ObjectId, type Collection, type GridFSChunk, type GridFSFile } from 'mongodb';
import { pipeline } from 'node:stream/promises';
import { ProducerSettings } from '../config/producer.settings.js';
import { ClaimedBodies, type Swept } from './claimed-bodies.js';

const HOUR_MS = 3_600_000;
/** Longer than any upload takes, clocks that differ included. */
const UPLOAD_MS = HOUR_MS;
const UPLOAD_TIMEOUT_MS = 60_000;

/**
 * Bodies in GridFS, the claim as the file's name. Each upload has an id of its own: chunks of one that a killed
 * producer left half done never get into another, and no upload waits for one that may still go on elsewhere. A file
 * is there once its entry is, which is written last. https://www.mongodb.com/docs/manual/core/gridfs/
 */
@Injectable()
export class MongoClaimedBodies extends ClaimedBodies {
  private readonly retentionMs: number;

  constructor(
    private readonly link: MongoLink,
    { environment }: ProducerSettings,
  ) {
    super();
    this.retentionMs = environment.CLAIM_RETENTION_HOURS * HOUR_MS;
  }

  async put(claim: string, body: Uint8Array): Promise<void> {
    if (await this.isThere(claim)) return this.renew([claim]);
    const bucket = new GridFSBucket(stateDatabase(this.link), {
      bucketName: CLAIM_BUCKET,
      writeConcern: DURABLE,
      timeoutMS: UPLOAD_TIMEOUT_MS,
    });
    await pipeline([body], bucket.openUploadStream(claim));
  }

  async renew(claims: readonly string[]): Promise<void> {
    if (claims.length === 0) return;
    await this.files.updateMany({ filename: { $in: [...claims] } }, { $set: { uploadDate: new Date() } });
  }

  /** An entry goes before its chunks: without one, what is left of a body is found and taken by the next sweep. */
  async sweep(waiting: ReadonlySet<string> = new Set()): Promise<Swept> {
    const expired = new Date(Date.now() - this.retentionMs);
    let bodies = 0;
    const old = { uploadDate: { $lt: expired } };
    for await (const { _id, filename } of this.files.find(old, { projection: { filename: 1 } })) {
      if (waiting.has(filename)) continue;
      const { deletedCount } = await this.files.deleteOne({ _id, ...old }); // it may have been renewed since
      bodies += deletedCount;
      if (deletedCount > 0) await this.chunks.deleteMany({ files_id: _id });
    }
    return { bodies, fragments: await this.sweepFragments() };
  }

  private async sweepFragments(): Promise<number> {
    const oldest = ObjectId.createFromTime(Math.floor((Date.now() - UPLOAD_MS) / 1000)); // an upload's id has its time
    const owners = this.chunks.aggregate<{ _id: ObjectId }>([
      { $match: { files_id: { $lt: oldest } } },
      { $group: { _id: '$files_id' } },
      { $lookup: { from: this.files.collectionName, localField: '_id', foreignField: '_id', as: 'files' } },
      { $match: { files: { $size: 0 } } },
      { $project: { _id: 1 } },
    ]);
    let fragments = 0;
    for await (const { _id } of owners) {
      const { deletedCount } = await this.chunks.deleteMany({ files_id: _id });
      if (deletedCount > 0) fragments += 1;
    }
    return fragments;
  }

  /** By what a majority has, and whole: a producer that stood still in the midst of it may have lost chunks to a sweep. */
  private async isThere(claim: string): Promise<boolean> {
    const young = new Date(Date.now() - this.retentionMs / 2);
    const readConcern = { level: 'majority' } as const;
    const [file] = await this.files
      .find({ filename: claim, uploadDate: { $gte: young } }, { readConcern })
      .sort({ uploadDate: -1 })
      .limit(1)
      .toArray();
    if (file === undefined) return false;
    const chunks = await this.chunks.countDocuments({ files_id: file._id }, { readConcern });
    return chunks === Math.ceil(file.length / file.chunkSize);
  }

  private get files(): Collection<GridFSFile> {
    return stateDatabase(this.link).collection(`${CLAIM_BUCKET}.files`, { writeConcern: DURABLE });
  }

  private get chunks(): Collection<GridFSChunk> {
    return stateDatabase(this.link).collection(`${CLAIM_BUCKET}.chunks`, { writeConcern: DURABLE });
  }
}
