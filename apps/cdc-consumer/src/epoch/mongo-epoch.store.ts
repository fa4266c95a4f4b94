import { Injectable } from '@nestjs/common';
import { MAJORITY_READ, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection } from 'mongodb';
import { EpochStore } from './epoch.store.js';

interface EpochDocument {
  /** A document for each stream, and no field: a stream's name comes with the message and may be any text. */
  readonly _id: { readonly queue: string; readonly stream: string };
  readonly epoch: number;
}

@Injectable()
export class MongoEpochStore extends EpochStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  override async load(queue: string): Promise<Map<string, number>> {
    const found = this.epochs.find({ '_id.queue': queue }, MAJORITY_READ);
    return new Map((await found.toArray()).map(({ _id, epoch }) => [_id.stream, epoch]));
  }

  override async raise(queue: string, stream: string, epoch: number): Promise<void> {
    const raise = { $max: { epoch } };
    await this.epochs.updateOne({ _id: { queue, stream } }, raise, { upsert: true, writeConcern: { w: 'majority' } });
  }

  override async highest(queues: readonly string[]): Promise<Map<string, number>> {
    const highest = new Map<string, number>();
    for await (const { _id, epoch } of this.epochs.find({ '_id.queue': { $in: [...queues] } }, MAJORITY_READ)) {
      highest.set(_id.stream, Math.max(epoch, highest.get(_id.stream) ?? 0));
    }
    return highest;
  }

  override async raiseAll(queues: readonly string[], epochs: ReadonlyMap<string, number>): Promise<void> {
    if (epochs.size === 0) return;
    const raises = queues.flatMap((queue) =>
      [...epochs].map(([stream, epoch]) => ({
        updateOne: { filter: { _id: { queue, stream } }, update: { $max: { epoch } }, upsert: true },
      })),
    );
    await this.epochs.bulkWrite(raises, { ordered: false, writeConcern: { w: 'majority' } });
  }

  private get epochs(): Collection<EpochDocument> {
    return stateCollection<EpochDocument>(this.link, 'partitionEpochs');
  }
}
