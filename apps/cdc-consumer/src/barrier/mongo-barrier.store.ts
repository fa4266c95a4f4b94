import { Injectable } from '@nestjs/common';
import { MongoLink, stateCollection } from '@sluice/platform';
import type { Collection, Filter } from 'mongodb';
import type { GroupRange } from '../inbox/group-memory.js';
import type { Barrier, BarrierId } from './barrier.js';
import { BarrierStore } from './barrier.store.js';

interface BarrierDocument {
  readonly _id: BarrierId;
  readonly reached: readonly string[];
  readonly sentAgain: number;
  readonly position?: string;
  readonly doneAt?: Date;
}

/** As long as a copy of a control event may still come: one that waited in a queue, or that a producer sent again. */
const KEPT_MS = 7 * 24 * 60 * 60_000;
const DURABLE = { writeConcern: { w: 'majority' } } as const;
/** A partition that went on by a read that is taken back would overtake the handlers. */
const READ = { readConcern: { level: 'majority' } } as const;

@Injectable()
export class MongoBarrierStore extends BarrierStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  override async reach(id: BarrierId, queue: string, position: string): Promise<Barrier> {
    const reached = { $addToSet: { reached: queue }, $setOnInsert: { sentAgain: 0, position } };
    const options = { ...DURABLE, upsert: true, returnDocument: 'after' } as const;
    const found = await this.barriers.findOneAndUpdate({ _id: keyOf(id) }, reached, options);
    if (found === null) throw new Error('the barrier was not written');
    return read(found);
  }

  override async find(id: BarrierId): Promise<Barrier | undefined> {
    const found = await this.barriers.findOne({ _id: keyOf(id) }, READ);
    return found === null ? undefined : read(found);
  }

  override async finish(id: BarrierId): Promise<void> {
    const options = { ...DURABLE, returnDocument: 'after' } as const;
    const now = { $currentDate: { doneAt: true } } as const;
    const done = await this.barriers.findOneAndUpdate({ _id: keyOf(id) }, now, options);
    if (done?.doneAt === undefined) return; // forgotten: nobody waits for it
    const before = new Date(done.doneAt.getTime() - KEPT_MS); // by the server's clock
    await this.barriers.deleteMany({ '_id.group': id.group, doneAt: { $lt: before } });
  }

  override async waiting(group: string): Promise<Barrier[]> {
    const found = await this.barriers.find({ '_id.group': group, doneAt: { $exists: false } }, READ).toArray();
    return found.map(read);
  }

  override countDone(range: GroupRange): Promise<number> {
    return this.barriers.countDocuments(doneIn(range));
  }

  override async reopen(range: GroupRange): Promise<number> {
    return (await this.barriers.deleteMany(doneIn(range), DURABLE)).deletedCount;
  }

  override async countSentAgain(id: BarrierId, before: number): Promise<boolean> {
    const counted = { $inc: { sentAgain: 1 } };
    const { matchedCount } = await this.barriers.updateOne({ _id: keyOf(id), sentAgain: before }, counted, DURABLE);
    return matchedCount === 1;
  }

  private get barriers(): Collection<BarrierDocument> {
    return stateCollection<BarrierDocument>(this.link, 'barriers');
  }
}

function doneIn({ group, stream, from, to }: GroupRange): Filter<BarrierDocument> {
  const position = { $gte: from, ...(to === null ? {} : { $lt: to }) };
  return { '_id.group': group, '_id.stream': stream, doneAt: { $exists: true }, position };
}

/** The order of the fields counts where documents are compared. */
function keyOf({ group, stream, event }: BarrierId): BarrierId {
  return { group, stream, event };
}

function read({ _id, reached, sentAgain, doneAt }: BarrierDocument): Barrier {
  return { id: _id, reached, sentAgain, done: doneAt !== undefined };
}
