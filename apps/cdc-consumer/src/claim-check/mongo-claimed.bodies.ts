import { Injectable } from '@nestjs/common';
import { CLAIM_BUCKET } from '@sluice/contracts';
import { MongoLink, stateCollection } from '@sluice/platform';
import type { Collection, GridFSChunk, GridFSFile } from 'mongodb';
import { ClaimedBodies } from './claimed-bodies.js';

/** From the primary whatever the URI prefers: on a secondary that lags, a body would look as if it had expired. */
const READ = { readPreference: 'primary', timeoutMS: 30_000 } as const;

/**
 * Bodies in GridFS. Chunks are read as they are, because whatever is wrong with them shows in the digest.
 * https://www.mongodb.com/docs/manual/core/gridfs/
 */
@Injectable()
export class MongoClaimedBodies extends ClaimedBodies {
  constructor(private readonly link: MongoLink) {
    super();
  }

  async *copies(claim: string): AsyncGenerator<Buffer> {
    const files = await this.collection<GridFSFile>('files')
      .find({ filename: claim }, READ)
      .sort({ uploadDate: -1 })
      .toArray();
    for (const { _id } of files) {
      const chunks = this.collection<GridFSChunk>('chunks').find({ files_id: _id }, READ).sort({ n: 1 });
      const parts: Uint8Array[] = [];
      for await (const { data } of chunks) parts.push(bytesOf(data));
      yield Buffer.concat(parts);
    }
  }

  private collection<Shape extends object>(part: 'files' | 'chunks'): Collection<Shape> {
    return stateCollection<Shape>(this.link, `${CLAIM_BUCKET}.${part}`);
  }
}

/** The driver's type says Uint8Array, and its default is BSON's Binary. */
function bytesOf(data: Uint8Array | { value(): Uint8Array }): Uint8Array {
  return data instanceof Uint8Array ? data : data.value();
}
