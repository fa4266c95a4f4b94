import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { STREAMS_COLLECTION, streamSettlementSchema, type Repartition, type StreamSettlement } from '@sluice/contracts';
import { isDuplicateKey, MongoLink, stateCollection } from '@sluice/platform';
import type { Model } from 'mongoose';
import { GroupRecord } from './group-record.schema.js';
import { GroupStore } from './group.store.js';
import { StateDatabaseAwayError } from './state-database-away.error.js';
import {
  storedGroupSchema,
  type GroupChange,
  type MemberReport,
  type NewGroup,
  type StoredGroup,
} from './stored-group.js';

const MEMBER_FORGOTTEN_MS = 5 * 60_000;
/** A registration that a fail-over takes back would let streams pass events by a group that counts on them. */
const AFTER = { returnDocument: 'after', writeConcern: { w: 'majority' }, lean: true } as const;

@Injectable()
export class MongoGroupStore extends GroupStore {
  constructor(
    @InjectModel(GroupRecord.name) private readonly model: Model<GroupRecord>,
    private readonly link: MongoLink,
  ) {
    super();
  }

  override async find(name: string): Promise<StoredGroup | undefined> {
    return read(await this.groups.findById(name).lean());
  }

  override async create(name: string, group: NewGroup): Promise<StoredGroup | undefined> {
    try {
      const first = {
        ...group,
        state: 'joining' as const,
        members: [],
        retired: [],
        paused: false,
        pause: null,
        revision: 1,
      };
      const created = await this.groups.findOneAndUpdate(
        { _id: name, revision: { $exists: false } },
        { $setOnInsert: first, $currentDate: { joiningSince: true } },
        { ...AFTER, upsert: true },
      );
      return read(created);
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  override async change(name: string, revision: number, change: GroupChange): Promise<StoredGroup | undefined> {
    const joining = change.state === 'joining' ? { $currentDate: { joiningSince: true as const } } : {};
    const update = { $set: change, $inc: { revision: 1 }, ...joining };
    return read(await this.groups.findOneAndUpdate({ _id: name, revision }, update, AFTER));
  }

  override async extendJoining(name: string, revision: number): Promise<void> {
    await this.groups.updateOne(
      { _id: name, revision, state: 'joining' },
      { $currentDate: { joiningSince: true } },
      { writeConcern: AFTER.writeConcern },
    );
  }

  override async heartbeat(name: string, member: MemberReport): Promise<StoredGroup | undefined> {
    const { id, patterns, joinedAt = '$$NOW', revision, consuming, oldest, inboxElsewhere } = member;
    const others = { $filter: { input: '$members', as: 'member', cond: { $ne: ['$$member.id', id] } } };
    const said = { revision, consuming, oldest: { $literal: oldest } };
    const self = { id, patterns: { $literal: patterns }, joinedAt, ...said, lastSeen: '$$NOW' };
    const ofGroup = { memberSeenAt: '$$NOW', inboxElsewhere: { $literal: inboxElsewhere } };
    const update = [{ $set: { members: { $concatArrays: [others, [self]] }, ...ofGroup } }];
    const registered = { _id: name, state: { $ne: 'retired' as const } };
    const group = read(await this.groups.findOneAndUpdate(registered, update, { ...AFTER, updatePipeline: true }));
    return group === undefined ? undefined : this.forgetAbsent(group, id);
  }

  override async advance(name: string, revision: number, step: Repartition['step']): Promise<StoredGroup | undefined> {
    const update = { $set: { 'next.step': step }, $inc: { revision: 1 } };
    return read(await this.groups.findOneAndUpdate({ _id: name, revision, next: { $ne: null } }, update, AFTER));
  }

  override async endPartition(name: string, repartition: string, partition: number): Promise<boolean> {
    const { matchedCount } = await this.groups.updateOne(
      { _id: name, 'next.id': repartition },
      { $addToSet: { 'next.ended': partition } },
      { writeConcern: AFTER.writeConcern },
    );
    return matchedCount === 1;
  }

  override async settlements(): Promise<StreamSettlement[]> {
    const streams = stateCollection<StreamSettlement>(this.link, STREAMS_COLLECTION);
    const documents = await streams.find({}, { readConcern: { level: 'majority' } }).toArray();
    return documents.map((document) => streamSettlementSchema.parse(document));
  }

  override async leave(name: string, memberId: string): Promise<void> {
    await this.groups.updateOne(
      { _id: name },
      { $pull: { members: { id: memberId } } },
      { writeConcern: AFTER.writeConcern },
    );
  }

  /** Without a connection said at once, and in words of ours: Mongoose would tell of its buffering. */
  private get groups(): Model<GroupRecord> {
    if (this.link.isConnected()) return this.model;
    throw new StateDatabaseAwayError(this.link.since, this.link.lastError);
  }

  /** By the time that the server gave our own heartbeat: no machine's clock is compared with another's. */
  private async forgetAbsent(group: StoredGroup, memberId: string): Promise<StoredGroup> {
    const now = group.members.find(({ id }) => id === memberId)?.lastSeen;
    if (now === undefined) return group;
    const before = new Date(now.getTime() - MEMBER_FORGOTTEN_MS);
    if (group.members.every(({ lastSeen }) => lastSeen >= before)) return group;
    const pull = { $pull: { members: { lastSeen: { $lt: before } } } };
    return read(await this.groups.findOneAndUpdate({ _id: group._id }, pull, AFTER)) ?? group;
  }
}

function read(record: unknown): StoredGroup | undefined {
  return record === null || record === undefined ? undefined : storedGroupSchema.parse(record);
}
