import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { CheckpointStore, type CheckpointSave, type SaveResult } from './checkpoint.js';
import { StreamRecord } from './stream-record.schema.js';

const DURABLE = { w: 'majority', j: true } as const;

/** Positions in the state database; majority writes, so that no fail-over takes one back. */
@Injectable()
export class MongoCheckpointStore extends CheckpointStore {
  constructor(@InjectModel(StreamRecord.name) private readonly records: Model<StreamRecord>) {
    super();
  }

  async save(
    stream: string,
    epoch: number,
    { last, readTo, pipelineHash, generation }: CheckpointSave,
  ): Promise<SaveResult> {
    const { matchedCount } = await this.records.updateOne(
      { _id: stream, epoch },
      { $set: { last, readTo, pipelineHash, generation }, $currentDate: { savedAt: true } },
      { writeConcern: DURABLE },
    );
    return matchedCount === 1 ? 'saved' : 'fenced';
  }
}
