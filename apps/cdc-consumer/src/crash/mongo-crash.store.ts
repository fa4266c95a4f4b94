import { Injectable } from '@nestjs/common';
import type { EarlierAttempts } from '@sluice/handlers';
import { DURABLE, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection } from 'mongodb';
import { ConsumerSettings } from '../config/consumer.settings.js';
import type { CallMark } from './call-mark.js';
import { CrashStore, type LastHold } from './crash.store.js';

/** There while the partition has a holder, and after one that has not ended in order. */
interface HolderRecord {
  readonly _id: { readonly group: string; readonly queue: string };
  readonly holder: string;
  readonly noted?: readonly string[];
}

interface MarkRecord {
  readonly _id: CallMark & { readonly group: string };
  /** Who has begun the call and not ended it. Names and no count: a write may be repeated when its answer is lost. */
  readonly begun: readonly string[];
  readonly firstAt: Date;
  readonly at: Date;
}

/**
 * It has to be there after a crash, of the server too. A server that does not answer is given up before those who wait
 * for the one alone lose patience.
 */
const SAFE = { writeConcern: DURABLE, timeoutMS: 10_000 } as const;
/** Told in the time of a drain, or not at all: the next holder is only slower without it. */
const AT_THE_END = { ...SAFE, timeoutMS: 2_000 } as const;
/** Marks of events that never came again. */
const FORGOTTEN_AFTER_S = 30 * 24 * 60 * 60;

@Injectable()
export class MongoCrashStore extends CrashStore {
  private readonly group: string;
  private isIndexed = false;

  constructor(
    private readonly link: MongoLink,
    { environment }: ConsumerSettings,
  ) {
    super();
    this.group = environment.CONSUMER_GROUP;
  }

  override async take(queue: string, holder: string): Promise<LastHold | undefined> {
    const taking = { ...SAFE, upsert: true, returnDocument: 'before' } as const;
    const before = await this.records.findOneAndUpdate({ _id: this.place(queue) }, { $set: { holder } }, taking);
    return before === null ? undefined : { holder: before.holder, noted: before.noted ?? [] };
  }

  override async note(queue: string, holder: string, messages: readonly string[]): Promise<boolean> {
    const { matchedCount } = await this.records.updateOne(this.hold(queue, holder), noting(messages), SAFE);
    return matchedCount === 1;
  }

  override async leave(queue: string, holder: string, messages: readonly string[]): Promise<void> {
    await this.records.updateOne(this.hold(queue, holder), noting(messages), AT_THE_END);
  }

  override async release(queue: string, holder: string): Promise<void> {
    await this.records.deleteOne(this.hold(queue, holder), AT_THE_END);
  }

  override async holders(): Promise<ReadonlyMap<string, string>> {
    const found = await this.records.find({ '_id.group': this.group }).toArray();
    return new Map(found.map(({ _id, holder }) => [_id.queue, holder]));
  }

  override async begin(mark: CallMark, holder: string): Promise<EarlierAttempts | undefined> {
    await this.makeIndex();
    const at = new Date();
    const change = { $addToSet: { begun: holder }, $set: { at }, $setOnInsert: { firstAt: at } };
    const beginning = { ...SAFE, upsert: true, returnDocument: 'before' } as const;
    const before = await this.marks.findOneAndUpdate({ _id: this.key(mark) }, change, beginning);
    const attempts = before?.begun.filter((each) => each !== holder).length ?? 0;
    return before === null || attempts === 0 ? undefined : { attempts, firstFailedAt: before.firstAt };
  }

  override async end(mark: CallMark, holder: string, forget: boolean): Promise<void> {
    const filter = { _id: this.key(mark) };
    if (forget) await this.marks.deleteOne(filter, SAFE);
    else await this.marks.updateOne(filter, { $pull: { begun: holder } }, SAFE);
  }

  private async makeIndex(): Promise<void> {
    if (this.isIndexed) return;
    await this.marks.createIndex({ at: 1 }, { expireAfterSeconds: FORGOTTEN_AFTER_S });
    this.isIndexed = true;
  }

  private place(queue: string): HolderRecord['_id'] {
    return { group: this.group, queue };
  }
  private hold(queue: string, holder: string): Pick<HolderRecord, '_id' | 'holder'> {
    return { _id: this.place(queue), holder };
  }
  private key({ handler, event, letter }: CallMark): MarkRecord['_id'] {
    return { group: this.group, handler, event, letter };
  }

  private get records(): Collection<HolderRecord> {
    return stateCollection<HolderRecord>(this.link, 'partition-holders');
  }
  private get marks(): Collection<MarkRecord> {
    return stateCollection<MarkRecord>(this.link, 'call-marks');
  }
}

function noting(messages: readonly string[]): { $set: Pick<HolderRecord, 'noted'> } {
  return { $set: { noted: messages } };
}
