import { Injectable } from '@nestjs/common';
import type { DeadLetterOperation } from '@sluice/contracts';
import { DURABLE, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection, Document } from 'mongodb';
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

/** What is known of an operation as it begins. */
export type NewOperation = Omit<
  OperationRecord,
  '_id' | 'group' | 'state' | 'error' | 'startedAt' | 'changedAt' | 'cancelRequested' | 'why'
>;

type SeenOperation = OperationRecord & { readonly seenAt: Date };

const SAFE = { writeConcern: DURABLE } as const;
/** A running operation says every few seconds that it is there; so long without a word it is over. */
const SILENT_MS = 60_000;
const SHOWN = 100;

/**
 * Operations on dead letters, in the state database. Written before anything is done, and as it goes on. All times are the
 * server's: the replica that is asked how an operation is doing compares no clock of its own with another's.
 */
@Injectable()
export class OperationStore {
  private readonly group: string;

  constructor(
    private readonly link: MongoLink,
    { environment }: ConsumerSettings,
  ) {
    this.group = environment.CONSUMER_GROUP;
  }

  async begin(id: string, operation: NewOperation): Promise<void> {
    const first = { ...operation, group: this.group, state: 'running', error: null, cancelRequested: false } as const;
    const now = { $currentDate: { startedAt: true, changedAt: true } } as const;
    await this.operations.updateOne({ _id: id }, { $setOnInsert: first, ...now }, { ...SAFE, upsert: true });
  }

  /** Says that it runs, and how far it is. Answers whether somebody wants it to end. One that has ended stays as it is. */
  async report(id: string, change: Partial<OperationRecord>): Promise<boolean> {
    const update = { $set: change, $currentDate: { changedAt: true } } as const;
    const running = { _id: id, state: 'running' } as const;
    const record = await this.operations.findOneAndUpdate(running, update, { ...SAFE, returnDocument: 'after' });
    return record?.cancelRequested ?? false;
  }

  /** What is told of one that has ended, by whoever waits for its answer. */
  async explain(id: string, change: Pick<OperationRecord, 'state' | 'error'>): Promise<void> {
    await this.operations.updateOne({ _id: id }, { $set: change, $currentDate: { changedAt: true } }, SAFE);
  }

  async requestCancel(id: string): Promise<DeadLetterOperation | undefined> {
    const update = { $set: { cancelRequested: true } };
    await this.operations.updateOne({ _id: id, group: this.group }, update, SAFE);
    return this.find(id);
  }

  async find(id: string): Promise<DeadLetterOperation | undefined> {
    const [found] = await this.seen([{ $match: { _id: id, group: this.group } }]);
    return found;
  }

  /** The latest, newest first. */
  async list(): Promise<DeadLetterOperation[]> {
    return this.seen([{ $match: { group: this.group } }, { $sort: { startedAt: -1 } }, { $limit: SHOWN }]);
  }

  private async seen(stages: Document[]): Promise<DeadLetterOperation[]> {
    const found = this.operations.aggregate<SeenOperation>([...stages, { $set: { seenAt: '$$NOW' } }]);
    return (await found.toArray()).map(shown);
  }

  private get operations(): Collection<OperationRecord> {
    return stateCollection<OperationRecord>(this.link, 'dead-letter-operations');
  }
}

function shown(record: SeenOperation): DeadLetterOperation {
  const { _id: id, startedAt, changedAt, seenAt, state, kind, letter, filter, by, why = null } = record;
  const { total, scanned, taken, superseded = 0, reason = why, error } = record; // older records have neither,
  const { eventId = null, stream = null, position = null } = record; // nor these
  const isSilent = state === 'running' && seenAt.getTime() - changedAt.getTime() > SILENT_MS;
  return {
    ...{ id, kind, letter, filter, eventId, stream, position, by, reason, total, scanned, taken, superseded, error },
    state: isSilent ? 'interrupted' : state,
    startedAt: startedAt.toISOString(),
    changedAt: changedAt.toISOString(),
  };
}
