import { Injectable } from '@nestjs/common';
import type { DeadLetterOperation } from '@sluice/contracts';
import { DURABLE, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection } from 'mongodb';
import { ConsumerSettings } from '../config/consumer.settings.js';

/** An operation as it is kept: the audit of what became of dead letters by somebody's wish. Never removed. */
export interface OperationRecord extends Omit<DeadLetterOperation, 'id' | 'startedAt' | 'changedAt'> {
  readonly _id: string;
  readonly group: string;
  readonly startedAt: Date;
  readonly changedAt: Date;
  readonly cancelRequested: boolean;
  /** What `reason` was called in records of earlier versions, which have none. */
  readonly why?: string | null;
}

const SAFE = { writeConcern: DURABLE } as const;
/** A running operation says how far it is at least every few letters; so long without a word it is over. */
const SILENT_MS = 60_000;
const SHOWN = 100;

/** Operations on dead letters, in the state database. Written before anything is done, and as it goes on. */
@Injectable()
export class OperationStore {
  private readonly group: string;

  constructor(
    private readonly link: MongoLink,
    { environment }: ConsumerSettings,
  ) {
    this.group = environment.CONSUMER_GROUP;
  }

  async begin(operation: Omit<OperationRecord, 'group'>): Promise<void> {
    await this.operations.insertOne({ ...operation, group: this.group }, SAFE);
  }

  /** Says how far it is. Answers whether somebody wants it to end. */
  async report(id: string, change: Partial<OperationRecord>): Promise<boolean> {
    const update = { $set: { ...change, changedAt: new Date() } };
    const record = await this.operations.findOneAndUpdate({ _id: id }, update, { ...SAFE, returnDocument: 'after' });
    return record?.cancelRequested ?? false;
  }

  async requestCancel(id: string): Promise<DeadLetterOperation | undefined> {
    const running = { _id: id, group: this.group };
    const update = { $set: { cancelRequested: true } };
    return shown(await this.operations.findOneAndUpdate(running, update, { ...SAFE, returnDocument: 'after' }));
  }

  async find(id: string): Promise<DeadLetterOperation | undefined> {
    return shown(await this.operations.findOne({ _id: id, group: this.group }));
  }

  /** The latest, newest first. */
  async list(): Promise<DeadLetterOperation[]> {
    const found = await this.operations.find({ group: this.group }).sort({ startedAt: -1 }).limit(SHOWN).toArray();
    return found.map((record) => shown(record)).filter((operation) => operation !== undefined);
  }

  private get operations(): Collection<OperationRecord> {
    return stateCollection<OperationRecord>(this.link, 'dead-letter-operations');
  }
}

function shown(record: OperationRecord | null): DeadLetterOperation | undefined {
  if (record === null) return undefined;
  const { _id: id, startedAt, changedAt, state, kind, letter, filter, by, why = null } = record;
  const { total, scanned, taken, superseded = 0, reason = why, error } = record; // older records have neither
  const isSilent = state === 'running' && Date.now() - changedAt.getTime() > SILENT_MS;
  return {
    ...{ id, kind, letter, filter, by, reason, total, scanned, taken, superseded, error },
    state: isSilent ? 'interrupted' : state,
    startedAt: startedAt.toISOString(),
    changedAt: changedAt.toISOString(),
  };
}
