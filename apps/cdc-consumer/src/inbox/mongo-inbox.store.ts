import { Injectable, Logger } from '@nestjs/common';
import {
  eventIdentity,
  fenceVerdict,
  Inbox,
  InboxUnavailableError,
  raisesVersion,
  thrownText,
  type InboxEntry,
  type InboxOutcome,
  type InboxWork,
} from '@sluice/handlers';
import type { ClientSession, TransactionOptions } from 'mongodb';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { DEFAULT_CONNECTION, InboxConnections } from './inbox.connections.js';
import { InboxPreparation } from './inbox.preparation.js';
import { InboxRecords } from './inbox.records.js';
import { isAway, isPassing, isWriteConflict } from './passing-failure.policy.js';
import { RepetitionWatch, type Repetition } from './repetition.watch.js';

/**
 * A snapshot, so that a decision that drops an event rests on nothing that a fail-over takes back: with a commit by
 * majority, what a snapshot read was committed by majority too, in a transaction without writes as well
 * (https://www.mongodb.com/docs/manual/reference/read-concern-snapshot/).
 */
const TRANSACTION: TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority' },
  readPreference: 'primary',
};

const HOUR_MS = 3_600_000;

/** https://www.mongodb.com/docs/manual/reference/parameters/#mongodb-parameter-param.transactionLifetimeLimitSeconds */
const CONFLICTS =
  'the transaction of an event meets write conflicts again and again; the event waits: another transaction holds its ' +
  'inbox entry or what its handler writes, and one that a killed process left open holds it until the server ends it ' +
  '(transactionLifetimeLimitSeconds, 60 unless set)';

/** Where a transaction stood when it failed. */
type Stage = 'deciding' | 'working' | 'committing';

/**
 * Keeps the inbox in MongoDB, on the connection that the handler writes to. Mongoose's `transaction` runs the driver's
 * `withTransaction`, which repeats by the labels TransientTransactionError and UnknownTransactionCommitResult as the
 * manual asks (https://www.mongodb.com/docs/manual/core/transactions-in-applications/).
 */
@Injectable()
export class MongoInbox extends Inbox {
  private readonly logger = new Logger('Inbox');
  private readonly ttlMs: number;

  constructor(
    private readonly connections: InboxConnections,
    private readonly preparation: InboxPreparation,
    { environment }: ConsumerSettings,
  ) {
    super();
    this.ttlMs = environment.INBOX_TTL_HOURS * HOUR_MS;
  }

  override async handle(entry: InboxEntry, work: InboxWork): Promise<InboxOutcome> {
    const name = entry.connection ?? DEFAULT_CONNECTION;
    const connection = this.connections.get(name);
    await this.preparation.prepared(name, connection);
    const records = new InboxRecords(connection);
    const watch = new RepetitionWatch((repetition) => this.tell(entry, repetition));
    let stage: Stage = 'deciding';
    const attempt = async (session: ClientSession): Promise<InboxOutcome> => {
      stage = 'deciding';
      const outcome = await this.decide(records, entry, session).catch(notInPlace);
      stage = 'working';
      if (outcome.kind === 'handled') await work(session);
      stage = 'committing';
      return outcome;
    };
    try {
      return await connection.transaction((session) => watch.attempt(() => attempt(session)), TRANSACTION);
    } catch (error) {
      throw this.failureOf(stage, error);
    }
  }

  /** Writes what is to be committed with the handler's effects, before them: who comes second meets a write conflict. */
  private async decide(records: InboxRecords, entry: InboxEntry, session: ClientSession): Promise<InboxOutcome> {
    const { isNew, handledAt: now } = await records.claim(entry, session);
    if (!isNew) return { kind: 'repeated' };
    const { document } = entry;
    if (document === undefined) return { kind: 'handled' };
    const version = await records.versionOf(entry, document, session);
    const verdict = fenceVerdict(entry, { version, now, ttlMs: this.ttlMs });
    if (verdict.kind === 'superseded' || verdict.kind === 'expired') await records.release(entry, session);
    if (verdict.kind === 'handled' && raisesVersion(entry, version)) await records.raise(entry, document, now, session);
    return verdict;
  }

  private tell({ eventId: id, stream, position, handler }: InboxEntry, { error, ...repetition }: Repetition): void {
    this.logger.warn({
      msg: isWriteConflict(error) ? CONFLICTS : 'the transaction of an event is run again and again; the event waits',
      ...eventIdentity({ id, stream, position }),
      handler,
      ...repetition,
      error: error === undefined ? 'its commit failed' : thrownText(error),
    });
  }

  /** What the handler threw is the handler's; what befell the inbox itself is not to be counted against it. */
  private failureOf(stage: Stage, error: unknown): unknown {
    if (error instanceof InboxUnavailableError) return error;
    if (stage === 'working' || (stage === 'committing' && !isPassing(error))) return error;
    return new InboxUnavailableError(`the inbox failed while ${stage}`, { cause: error });
  }
}

/**
 * The driver would repeat the transaction for two minutes before it says that the server is away. Whoever waits for the
 * inbox can also be stopped; so only what the server itself asks to repeat, a write conflict above all, is left to it.
 */
function notInPlace(error: unknown): never {
  if (isAway(error)) throw new InboxUnavailableError('its server is not reached', { cause: error });
  throw error;
}
