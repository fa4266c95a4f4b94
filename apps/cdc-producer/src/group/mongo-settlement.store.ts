import { Injectable } from '@nestjs/common';
import { DURABLE, MongoLink } from '@sluice/platform';
import { streamRecords } from '../checkpoint/stream-record.js';
import { SettlementStore } from './settlement.store.js';

/** In the stream's own document, beside its lease. */
@Injectable()
export class MongoSettlementStore extends SettlementStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  override async settled(stream: string, epoch: number, group: string, repartition: string): Promise<void> {
    // A group's name is a word: letters, digits, - and _.
    const update = { $set: { [`settled.${group}`]: repartition } };
    await streamRecords(this.link).updateOne({ _id: stream, epoch }, update, { writeConcern: DURABLE });
  }
}
