import { Injectable } from '@nestjs/common';
import type { EarlierAttempts } from '@sluice/handlers';
import { DURABLE, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection } from 'mongodb';
import { ConsumerSettings } from '../config/consumer.settings.js';
import type { CallMark } from './call-mark.js';
import { CrashStore } from './crash.store.js';

interface HolderRecord {
  readonly _id: { readonly group: string; readonly queue: string };
  /** Null: the last one was through with it in order. */
  readonly holder: string | null;
}

interface MarkRecord {
  readonly _id: CallMark & { readonly group: string };
  /** Calls begun less calls ended. */
  readonly calls: number;
  readonly firstAt: Date;
  readonly at: Date;
}

/** It has to be there after a crash, of the server too. */
const SAFE = { writeConcern: DURABLE } as const;
/** Told in the time of a drain, or not at all: the next holder is only slower without it. */
const RELEASE_TIMEOUT_MS = 2_000;
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

  override async take(queue: string, holder: string): Promise<string | undefined> {
    const taking = { ...SAFE, upsert: true, returnDocument: 'before' } as const;
    const before = await this.holders.findOneAndUpdate({ _id: this.place(queue) }, { $set: { holder } }, taking);
    return before?.holder ?? undefined;
  }

  override async release(queue: string, holder: string): Promise<void> {
    const options = { ...SAFE, timeoutMS: RELEASE_TIMEOUT_MS };
    await this.holders.updateOne({ _id: this.place(queue), holder }, { $set: { holder: null } }, options);
  }

  override async unended(mark: CallMark): Promise<EarlierAttempts | undefined> {
    const found = await this.marks.findOne({ _id: this.key(mark) }, { readConcern: { level: 'majority' } });
    return found === null || found.calls < 1 ? undefined : { attempts: found.calls, firstFailedAt: found.firstAt };
  }

  override async begin(mark: CallMark): Promise<void> {
    await this.makeIndex();
    const at = new Date();
    const change = { $inc: { calls: 1 }, $set: { at }, $setOnInsert: { firstAt: at } };
    await this.marks.updateOne({ _id: this.key(mark) }, change, { ...SAFE, upsert: true });
  }

  override async end(mark: CallMark, forget: boolean): Promise<void> {
    const filter = { _id: this.key(mark) };
    if (forget) await this.marks.deleteOne(filter, SAFE);
    else await this.marks.updateOne({ ...filter, calls: { $gt: 0 } }, { $inc: { calls: -1 } }, SAFE);
  }

  private async makeIndex(): Promise<void> {
    if (this.isIndexed) return;
    await this.marks.createIndex({ at: 1 }, { expireAfterSeconds: FORGOTTEN_AFTER_S });
    this.isIndexed = true;
  }

  private place(queue: string): HolderRecord['_id'] {
    return { group: this.group, queue };
  }
  private key({ handler, event, letter }: CallMark): MarkRecord['_id'] {
    return { group: this.group, handler, event, letter };
  }

  private get holders(): Collection<HolderRecord> {
    return stateCollection<HolderRecord>(this.link, 'partition-holders');
  }
  private get marks(): Collection<MarkRecord> {
    return stateCollection<MarkRecord>(this.link, 'call-marks');
  }
}
