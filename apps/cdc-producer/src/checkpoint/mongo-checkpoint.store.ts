import { Injectable } from '@nestjs/common';
import { MongoLink } from '@sluice/platform';
import { CheckpointStore, type CheckpointSave, type SaveResult } from './checkpoint.js';
import { DURABLE, streamRecords } from './stream-record.js';

/** Positions in the state database; majority writes, so that no fail-over takes one back. */
@Injectable()
export class MongoCheckpointStore extends CheckpointStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  async save(
    stream: string,
    epoch: number,
    { last, readTo, pipelineHash, generation }: CheckpointSave,
  ): Promise<SaveResult> {
    const { matchedCount } = await streamRecords(this.link).updateOne(
      { _id: stream, epoch },
      { $set: { last, readTo, pipelineHash, generation }, $currentDate: { savedAt: true } },
      { writeConcern: DURABLE },
    );
    return matchedCount === 1 ? 'saved' : 'fenced';
  }
}
