import { Injectable } from '@nestjs/common';
import { MongoLink, stateCollection } from '@sluice/platform';
import type { Collection } from 'mongodb';
import { MemberStore, type Heartbeat, type Member, type Roll } from './member.js';

type MemberDocument = Omit<Member, 'id'> & { readonly _id: string };

/** The producers in the state database, stamped by the server's clock. */
@Injectable()
export class MongoMemberStore extends MemberStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  async beat({ id, process, streams }: Heartbeat, anew: boolean): Promise<Roll> {
    const joinedAt = anew ? '$$NOW' : { $ifNull: ['$joinedAt', '$$NOW'] };
    const own = await this.members.findOneAndUpdate(
      { _id: id },
      [{ $set: { process: { $literal: process }, streams: { $literal: streams }, joinedAt, seenAt: '$$NOW' } }],
      { upsert: true, returnDocument: 'after', writeConcern: { w: 'majority' } },
    );
    if (own === null) throw new Error('the heartbeat was not written');
    const documents = await this.members.find({}, { readConcern: { level: 'majority' } }).toArray();
    return { now: own.seenAt, members: documents.map(({ _id, ...member }) => ({ id: _id, ...member })) };
  }

  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.members.deleteMany({ _id: { $in: [...ids] } });
  }

  private get members(): Collection<MemberDocument> {
    return stateCollection<MemberDocument>(this.link, 'producers');
  }
}
